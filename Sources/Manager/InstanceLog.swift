import Foundation
import Instances
import Subprocess
import SystemPackage

/// The log of an instance's service: the supervisor's file, or the journal of systemd.
enum InstanceLog: Sendable {
    case file(LogFile)
    case journal(UnitJournal)

    init(_ instance: Machine.Instance, paths: InstancePaths) {
        if instance.service == "systemd" {
            let unit = SystemdUnit.name(instance.kind, instance.slug)
            self = .journal(UnitJournal(unit: unit, isOfUser: geteuid() != 0))
        } else {
            self = .file(LogFile(path: "\(paths.logDirectory(instance.kind, instance.slug))/service.log"))
        }
    }

    /// Where it is, for people.
    var place: String {
        switch self {
        case .file(let file): file.path
        case .journal(let journal): "journalctl \(journal.selection.joined(separator: " "))"
        }
    }

    /// The newest part, and where what comes after it begins; nil when there is none yet.
    func newest() async -> (text: String, end: String)? {
        switch self {
        case .file(let file):
            guard file.exists else { return nil }
            let (text, end) = file.newest()
            return (text, "\(end)")
        case .journal(let journal): return await journal.newest()
        }
    }

    /// Tells what is written from `start` on, until it is cancelled.
    ///
    /// - Parameter tell: gets the text, and where what comes after it begins.
    func follow(from start: String, _ tell: @Sendable (String, String) -> Void) async {
        switch self {
        case .file(let file): await file.follow(from: UInt64(start) ?? file.size, tell)
        case .journal(let journal): await journal.follow(from: start, tell)
        }
    }
}

/// What the supervisor has an instance's output written to.
struct LogFile: Sendable {
    private static let shownBytes: UInt64 = 64 << 10
    private static let pause = Duration.milliseconds(500)

    let path: String

    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    var size: UInt64 {
        ((try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? NSNumber)?.uint64Value ?? 0
    }

    /// From the beginning of a line.
    func newest() -> (text: String, end: UInt64) {
        let size = size
        let start = size > Self.shownBytes ? size - Self.shownBytes : 0
        let text = read(from: start, to: size)
        guard start > 0, let line = text.firstIndex(of: "\n") else { return (text, size) }
        return (String(text[text.index(after: line)...]), size)
    }

    func follow(from start: UInt64, _ tell: (String, String) -> Void) async {
        var end = start
        while !Task.isCancelled {
            let size = size
            // A log that became shorter was begun anew.
            let from = size < end ? 0 : max(end, size > Self.shownBytes ? size - Self.shownBytes : 0)
            end = size
            let text = read(from: from, to: size)
            if !text.isEmpty { tell(text, "\(end)") }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func read(from start: UInt64, to end: UInt64) -> String {
        guard end > start, let handle = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? handle.close() }
        guard (try? handle.seek(toOffset: start)) != nil, let data = try? handle.read(upToCount: Int(end - start))
        else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}

/// What systemd keeps of a unit.
struct UnitJournal: Sendable {
    private static let shownLines = 500
    private static let largest = 1 << 20
    private static let cursorMark = "-- cursor: "

    let unit: String
    let isOfUser: Bool

    var selection: [String] { (isOfUser ? ["--user"] : []) + ["-u", unit] }

    private var format: [String] { selection + ["--no-pager", "-q", "-o", "short-iso"] }

    func newest() async -> (text: String, end: String)? {
        let arguments = format + ["-n", "\(Self.shownLines)", "--show-cursor"]
        guard
            let result = try? await Subprocess.run(
                .name("journalctl"),
                arguments: Arguments(arguments),
                input: .none,
                output: .string(limit: Self.largest),
                error: .discarded
            ), result.terminationStatus.isSuccess
        else { return nil }
        var lines = result.standardOutput.split(separator: "\n", omittingEmptySubsequences: false)
        let mark = lines.lastIndex { $0.hasPrefix(Self.cursorMark) }
        let cursor = mark.map { String(lines[$0].dropFirst(Self.cursorMark.count)) } ?? ""
        if let mark { lines.removeSubrange(mark...) }
        let text = lines.joined(separator: "\n")
        return text.isEmpty ? nil : (text.hasSuffix("\n") ? text : text + "\n", cursor)
    }

    func follow(from cursor: String, _ tell: @Sendable (String, String) -> Void) async {
        // A connection that was lost for a moment knows no cursor.
        let isCursor =
            !cursor.isEmpty && cursor.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "=;".contains($0)) }
        let start = isCursor ? ["--after-cursor=\(cursor)"] : ["-n", "0"]
        _ = try? await Subprocess.run(
            .name("journalctl"),
            arguments: Arguments(format + ["-f"] + start),
            input: .none,
            output: .sequence,
            error: .discarded
        ) { execution in
            var rest: [UInt8] = []
            for try await chunk in execution.standardOutput {
                chunk.withUnsafeBytes { rest.append(contentsOf: $0) }
                guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
                tell(String(decoding: rest[...end], as: UTF8.self), "live")
                rest.removeSubrange(...end)
            }
        }
    }
}
