import Foundation

/// What this process has in memory, in megabytes.
enum Memory {
    static var resident: Int { field("VmRSS:") }

    /// The most since the start, or since `forgetPeak`.
    static var peak: Int { field("VmHWM:") }

    static func forgetPeak() { try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8) }

    private static func field(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
    }
}
