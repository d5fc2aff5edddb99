import Commands
import Foundation
import Instances

exit(await CommandLineShell.run(.agent, Array(CommandLine.arguments.dropFirst())))
