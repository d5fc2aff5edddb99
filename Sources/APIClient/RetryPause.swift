import Foundation

/// How long to wait before a request is repeated.
enum RetryPause {
    /// What the server asked for, else twice as long as last time; up to half of that is left out at random, so that
    /// clients that failed together do not come back together.
    static func pause(
        attempt: Int,
        retryAfter: String?,
        now: Date,
        options: ClientOptions,
        chance: Double
    ) -> Duration {
        if let asked = retryAfter.flatMap({ seconds(of: $0, now: now) }) {
            // Never sooner than asked for, and a little later: everybody was told the same.
            return min(.seconds(asked) * (1 + 0.1 * chance), options.longestPause)
        }
        let doubled = options.retryPause * (1 << min(attempt, 16))
        return min(doubled * (0.5 + chance / 2), options.longestPause)
    }

    /// `Retry-After`: seconds or a date (RFC 9110, 10.2.3); never negative. Nil for anything else.
    static func seconds(of text: String, now: Date) -> Double? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if let seconds = Int(text) { return seconds >= 0 ? Double(seconds) : nil }
        return date(text).map { max(0, $0.timeIntervalSince(now)) }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may still send.
    static func date(_ text: String) -> Date? {
        let parts = text.split { $0 == " " || $0 == "," || $0 == ":" }.map(String.init)
        guard parts.count == 8, parts[7] == "GMT", let month = months.firstIndex(of: parts[2]) else { return nil }
        var components = DateComponents()
        components.day = Int(parts[1])
        components.month = month + 1
        components.year = Int(parts[3])
        components.hour = Int(parts[4])
        components.minute = Int(parts[5])
        components.second = Int(parts[6])
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        guard components.isValidDate(in: calendar) else { return nil }
        return calendar.date(from: components)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
