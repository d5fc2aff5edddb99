import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The terminal that a person sits at. Whole lines are read, so that a killed program leaves it as it was.
struct WorkbenchTerminal {
    static var isThere: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    var isColoured: Bool {
        let environment = ProcessInfo.processInfo.environment
        return environment["NO_COLOR"]?.isEmpty != false && environment["TERM"] != "dumb"
    }

    var width: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return 80 }
        return Int(size.ws_col)
    }

    func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    /// Nil at the end of the input.
    func ask(_ question: String) -> String? {
        write(question)
        return readLine()?.trimmingCharacters(in: .whitespaces)
    }

    /// The text as a person changed it, in their editor where they have one; nil when it cannot be had.
    func edit(_ text: String) -> String? {
        let environment = ProcessInfo.processInfo.environment
        guard
            let editor = [environment["VISUAL"], environment["EDITOR"]].compactMap(\.self).first(where: { !$0.isEmpty })
        else {
            guard !text.contains("\n") else {
                write("  Set EDITOR to edit a text of several lines.\n")
                return nil
            }
            write("  now: \(text)\n")
            return ask("  new value > ")
        }
        return edited(text, editor: editor)
    }

    private func edited(_ text: String, editor: String) -> String? {
        let file = FileManager.default.temporaryDirectory.appending(path: "skerry-\(UUID().uuidString).txt")
        defer { try? FileManager.default.removeItem(at: file) }
        guard
            FileManager.default.createFile(
                atPath: file.path,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        else { return nil }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // The editor may have arguments of its own: EDITOR="code --wait".
        process.arguments = ["-c", "\(editor) \"$1\"", "sh", file.path]
        do {
            try process.run()
        } catch {
            write("  \(editor) cannot be started: \(error.localizedDescription)\n")
            return nil
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0, let result = try? String(contentsOf: file, encoding: .utf8) else {
            write("  \(editor) ended without a text; nothing was changed.\n")
            return nil
        }
        // Editors end a file with a line end, whether the text had one or not.
        return result.hasSuffix("\n") && !text.hasSuffix("\n") ? String(result.dropLast()) : result
    }
}
