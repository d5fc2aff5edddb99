/// Texts of .NET time spans.
enum TimeSpanText {
    /// `hh:mm:ss`, with days in front (`2.03:00:00`) and a fraction of seven digits behind only where there are any.
    ///
    /// Read are also the shorter forms `hh:mm` and `d`, and colons behind the days. Negative spans are not.
    static func canonical(_ text: String) -> String? {
        let text = text.withoutOuterSpace
        guard !text.isEmpty, text.utf8.count <= 32 else { return nil }
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var days: Substring = "0"
        var fraction: Substring = ""
        if parts.count == 1 {
            guard let number = number(parts[0], upTo: 10_675_199) else { return nil }
            return number == 0 ? "00:00:00" : "\(number).00:00:00"
        }
        if let dot = parts[0].firstIndex(of: ".") {
            days = parts[0][..<dot]
            parts[0] = parts[0][parts[0].index(after: dot)...]
        } else if parts.count == 4 {
            days = parts.removeFirst()
        }
        if parts.count == 3, let dot = parts[2].firstIndex(of: ".") {
            fraction = parts[2][parts[2].index(after: dot)...]
            parts[2] = parts[2][..<dot]
            guard (1...7).contains(fraction.utf8.count), fraction.utf8.allSatisfy(isDigit) else { return nil }
        }
        return join(days, parts, fraction)
    }

    private static func join(_ days: Substring, _ parts: [Substring], _ fraction: Substring) -> String? {
        guard (2...3).contains(parts.count), let days = number(days, upTo: 10_675_199),
            let hours = number(parts[0], upTo: 23), let minutes = number(parts[1], upTo: 59),
            let seconds = parts.count == 3 ? number(parts[2], upTo: 59) : 0
        else { return nil }
        let clock = [hours, minutes, seconds].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        let digits = fraction + String(repeating: "0", count: 7 - fraction.utf8.count)
        let hasFraction = digits.contains { $0 != "0" }
        return (days > 0 ? "\(days)." : "") + clock + (hasFraction ? ".\(digits)" : "")
    }

    private static func number(_ digits: Substring, upTo limit: Int) -> Int? {
        guard !digits.isEmpty, digits.utf8.count <= 8, digits.utf8.allSatisfy(isDigit), let number = Int(digits),
            number <= limit
        else { return nil }
        return number
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
