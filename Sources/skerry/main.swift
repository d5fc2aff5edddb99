import Commands
import Foundation

exit(await CommandLineShell.run(Array(CommandLine.arguments.dropFirst())))
