import Commands
import Foundation
import Instances

exit(await CommandLineShell.run(.server, Array(CommandLine.arguments.dropFirst())))
