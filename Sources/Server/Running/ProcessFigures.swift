import Foundation

/// What this process takes of the machine, as the operating system tells it.
struct ProcessFigures: Sendable, Hashable {
    /// Nil where the system does not tell.
    var residentBytes: Int?
    var threads: Int?

    static func now() -> ProcessFigures {
        // Linux only. The file is made while it is read, so that it has no size to be read by.
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
            return ProcessFigures()
        }
        return ProcessFigures(status: status)
    }

    init() {}

    /// - Parameter status: the text of `/proc/self/status`.
    init(status: String) {
        for line in status.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count > 1, let number = Int(words[1]) else { continue }
            switch words[0] {
            case "VmRSS:": residentBytes = number * 1024
            case "Threads:": threads = number
            default: break
            }
        }
    }

    /// When the server began; read once at its start.
    static let started = ContinuousClock.now

    /// How long the server has run: `01:02:03`, `4.01:02:03`.
    static func uptime(_ now: ContinuousClock.Instant = .now) -> String {
        let seconds = Int((now - started).components.seconds)
        let parts = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        let days = seconds / 86_400
        return (days > 0 ? "\(days)." : "") + parts.joined(separator: ":")
    }
}
