import Foundation
import Instances

/// The log of an instance's service: the supervisor's file, or what systemd keeps.
struct InstanceLog: Sendable {
    private static let shownBytes: UInt64 = 64 << 10

    let path: String

    init(_ kind: InstanceKind, _ slug: String, paths: InstancePaths) {
        path = "\(paths.logDirectory(kind, slug))/service.log"
    }

    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    var size: UInt64 {
        ((try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? NSNumber)?.uint64Value ?? 0
    }

    /// The newest part, from the beginning of a line.
    func newest() -> (text: String, end: UInt64) {
        let size = size
        let start = size > Self.shownBytes ? size - Self.shownBytes : 0
        let text = read(from: start, to: size)
        guard start > 0, let line = text.firstIndex(of: "\n") else { return (text, size) }
        return (String(text[text.index(after: line)...]), size)
    }

    /// What was written since; at most as much as is shown.
    func more(since start: UInt64) -> (text: String, end: UInt64) {
        let size = size
        // A log that became shorter was begun anew.
        let from = size < start ? 0 : max(start, size > Self.shownBytes ? size - Self.shownBytes : 0)
        return (read(from: from, to: size), size)
    }

    private func read(from start: UInt64, to end: UInt64) -> String {
        guard end > start, let handle = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? handle.close() }
        guard (try? handle.seek(toOffset: start)) != nil, let data = try? handle.read(upToCount: Int(end - start))
        else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
