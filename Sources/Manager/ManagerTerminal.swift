import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where a person types lines, and reads. Whole lines are read, so that a killed program leaves a terminal as it was.
public struct ManagerTerminal: Sendable {
    /// Nobody answers any more.
    struct EndOfInput: Error {}

    /// What is typed can be hidden.
    let isTerminal = isatty(STDIN_FILENO) == 1
    private let isColoured: Bool

    public init() {
        let environment = ProcessInfo.processInfo.environment
        let isPlain = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
        isColoured = isatty(STDOUT_FILENO) == 1 && !isPlain
    }

    /// Why nothing can be asked here; nil when it can. Answers may come from a pipe or a file.
    public static var problem: String? {
        if isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 { return nil }
        var status = stat()
        let isSent =
            fstat(STDIN_FILENO, &status) == 0 && [S_IFIFO, S_IFREG, S_IFSOCK].contains(status.st_mode & S_IFMT)
        if isSent { return nil }
        return "There is no terminal to ask at. Send the answers through a pipe, or print a script with --script."
    }

    func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    func line(_ text: String) { write(text + "\n") }

    func heading(_ text: String) { line("\n" + painted(Self.printable(text), .bold)) }

    func error(_ text: String) { line("\(painted("error:", .red)) \(Self.printable(text))") }

    enum Colour: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case bold = "1"
    }

    func painted(_ text: String, _ colour: Colour) -> String {
        isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// One line that somebody types. Reading does not hold up what else goes on.
    func ask(_ question: String) async throws -> String {
        write(question)
        return try await read { readLine() }.trimmingCharacters(in: .whitespaces)
    }

    /// As it is typed, and not seen where there is a terminal.
    func askHidden(_ question: String) async throws -> String {
        guard isTerminal else {
            write(question)
            return try await read { readLine() }
        }
        return try await read { getpass(question).map { String(cString: $0) } }
    }

    private func read(_ body: @escaping @Sendable () -> String?) async throws -> String {
        let line = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body()) }
        }
        guard let line else { throw EndOfInput() }
        return line
    }

    /// What a command printed, without what would steer a terminal.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    let isKept = scalar == "\n" || scalar == "\t" || scalar.properties.generalCategory != .control
                    return isKept ? scalar : "\u{FFFD}"
                }
            )
        )
    }
}
