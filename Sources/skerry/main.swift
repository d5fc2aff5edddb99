import Commands
import Foundation
import Instances

let arguments = Array(CommandLine.arguments.dropFirst())
CommandLineShell.prepare(arguments)
exit(await CommandLineShell.run(.server, arguments))
