public import Foundation

extension Date {
    /// RFC 3339 with milliseconds, UTC: how plan files and states write times.
    public var timestamp: String { Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(self) }

    /// Nil for a text that is no such time.
    public init?(timestamp: String) {
        let styles = [true, false].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
        guard let date = styles.lazy.compactMap({ try? $0.parse(timestamp) }).first else { return nil }
        self = date
    }
}
