import Foundation

/// Standard error: progress, notices and errors. Results go to standard output, by way of ``CommandResult``.
public enum Console {
    public enum Colour: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case bold = "1"
    }

    /// One line of progress or advice.
    public static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// An error, marked as one.
    static func error(_ text: String) {
        write("\(paint("error:", .red, on: STDERR_FILENO)) \(text)\n", to: STDERR_FILENO)
    }

    /// One line of the result, at once: for commands that go on running.
    public static func result(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Text for standard output, coloured when that is a terminal.
    public static func painted(_ text: String, _ colour: Colour) -> String { paint(text, colour, on: STDOUT_FILENO) }

    /// `1 instance`, `2 instances`
    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private static func paint(_ text: String, _ colour: Colour, on descriptor: Int32) -> String {
        let environment = ProcessInfo.processInfo.environment
        let isPlain = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
        return isatty(descriptor) == 1 && !isPlain ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            // Nobody reads any more: there is nobody to tell.
            if count < 0, errno != EINTR { return }
            written += max(count, 0)
        }
    }
}
