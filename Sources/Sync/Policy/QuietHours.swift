public import Foundation

/// Hours in which nothing is written to the destination (`sync.md` 2.20).
public struct QuietHours: Sendable, Hashable {
    /// `Mon-Fri 08:00-18:00`; without days every day. One that ends before it begins ends on the next day.
    public struct Window: Sendable, Hashable {
        public let text: String
        /// On which days it begins: 1 is Sunday, as in `Calendar`.
        let days: Set<Int>
        /// Minutes since midnight.
        let from: Int
        let to: Int

        /// Nil for a text of another form.
        public init?(_ text: String) {
            let parts = text.split(separator: " ").map(String.init)
            guard (1...2).contains(parts.count), let times = Self.range(parts[parts.count - 1]) else { return nil }
            guard let days = parts.count == 2 ? Self.days(parts[0]) : Set(1...7) else { return nil }
            self.text = text
            self.days = days
            (from, to) = times
        }

        private static let names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

        private static func days(_ text: String) -> Set<Int>? {
            var days: Set<Int> = []
            for part in text.lowercased().split(separator: ",", omittingEmptySubsequences: false) {
                let ends = part.split(separator: "-", omittingEmptySubsequences: false)
                    .compactMap { names.firstIndex(of: String($0)) }
                guard let first = ends.first, let last = ends.last, ends.count <= 2,
                    ends.count == part.split(separator: "-", omittingEmptySubsequences: false).count
                else { return nil }
                var day = first
                while day != last {
                    days.insert(day + 1)
                    day = (day + 1) % 7
                }
                days.insert(last + 1)
            }
            return days
        }

        private static func range(_ text: String) -> (Int, Int)? {
            let ends = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { minute(String($0)) }
            guard ends.count == 2, ends[0] != ends[1], ends[0] < 24 * 60 else { return nil }
            return (ends[0], ends[1])
        }

        private static func minute(_ text: String) -> Int? {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
                let minute = Int(parts[1]), (0...59).contains(minute), (0...24).contains(hour),
                hour < 24 || minute == 0
            else { return nil }
            return hour * 60 + minute
        }

        func holds(day: Int, minute: Int) -> Bool {
            if from < to { return days.contains(day) && (from..<to).contains(minute) }
            let yesterday = day == 1 ? 7 : day - 1
            return (days.contains(day) && minute >= from) || (days.contains(yesterday) && minute < to)
        }
    }

    public var windows: [Window] = []
    /// The clock that the windows are about: `Europe/Berlin`.
    public var zone = "UTC"

    public init() {}

    /// The window that a moment is in; nil outside all of them.
    public func window(at time: Date) -> Window? {
        if windows.isEmpty { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
        let parts = calendar.dateComponents([.weekday, .hour, .minute], from: time)
        let minute = (parts.hour ?? 0) * 60 + (parts.minute ?? 0)
        return windows.first { $0.holds(day: parts.weekday ?? 1, minute: minute) }
    }
}
