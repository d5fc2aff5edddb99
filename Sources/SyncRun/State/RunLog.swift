public import Catalog
public import Foundation
import Sync

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What was done with one flow, by whom and with what result: one JSON line each, each holding the hash of the one
/// before, so that a line that was changed or taken out shows. Lines are only ever added.
public struct RunLog: Sendable {
    public let path: String

    /// `team.policy.state/state.sqlite` → `team.policy.state/state.runs.jsonl`
    public init(forState path: String) {
        self.path = URL(fileURLWithPath: path).deletingPathExtension().path + ".runs.jsonl"
    }

    public struct Entry: Sendable, Hashable {
        public var number: Int
        /// RFC 3339.
        public var at: String
        /// `anna@build-7`
        public var who: String
        /// `begun`, `applied`, `partial`, `refused`, `adopted`, …
        public var event: String
        /// The plan, the run, the totals, the decisions: what belongs to the event.
        public var details: JSON
        public var hash: String
    }

    /// What reading the log showed.
    public struct Contents: Sendable {
        public var entries: [Entry] = []
        /// The first line that does not follow from the one before, from 1; nil for an unbroken chain.
        public var brokenAt: Int?
        /// The program was killed while it wrote its last line; the line counts for nothing.
        public var hasTornEnd = false
    }

    static let longestLine = 64 << 20
    private static let start = String(repeating: "0", count: 64)

    // MARK: - Reading

    /// - Throws: `SyncRunError.state` when the file cannot be read. No file is an empty log.
    public func read() throws -> Contents {
        guard FileManager.default.fileExists(atPath: path) else { return Contents() }
        guard let data = FileManager.default.contents(atPath: path) else { throw problem("it cannot be read") }
        return Self.contents(of: [UInt8](data))
    }

    static func contents(of bytes: [UInt8]) -> Contents {
        var contents = Contents()
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if let last = lines.popLast(), !last.isEmpty { contents.hasTornEnd = true }
        var previous = start
        for (position, line) in lines.enumerated() {
            guard let link = link(Array(line)), link.previous == previous, link.entry.number == position + 1 else {
                contents.brokenAt = position + 1
                break
            }
            contents.entries.append(link.entry)
            previous = link.entry.hash
        }
        return contents
    }

    /// A line that holds its own hash, with the hash that it names of the line before.
    private static func link(_ line: [UInt8]) -> (entry: Entry, previous: String)? {
        guard let json = try? JSON.parse(line, limits: JSONLimits(bytes: longestLine, depth: 64, values: 4_000_000)),
            let number = json["n"]?.intValue, let previous = json["previous"]?.stringValue,
            let hash = json["hash"]?.stringValue, hash == self.hash(json)
        else { return nil }
        let entry = Entry(
            number: number,
            at: json["at"]?.stringValue ?? "",
            who: json["who"]?.stringValue ?? "",
            event: json["event"]?.stringValue ?? "",
            details: json["details"] ?? .null,
            hash: hash
        )
        return (entry, previous)
    }

    private static func hash(_ line: JSON) -> String {
        var line = line
        line["hash"] = nil
        return Fingerprint.hash(line)
    }

    // MARK: - Writing

    /// Adds a line; it is on the disk when this returns. Several programs may do so at once.
    ///
    /// Of what is there the last line alone is read, however long the log is: ``read()`` looks at the whole chain.
    ///
    /// - Throws: `SyncRunError.state`, also when the last line was changed: what was tampered with is not gone on with.
    public func append(_ event: String, _ details: JSON, at time: Date = Date()) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw problem(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX) == 0 else { throw problem(String(cString: strerror(errno))) }
        let last = try lastEntry(descriptor)
        var line: JSON = [
            "n": .int((last?.number ?? 0) + 1), "previous": .string(last?.hash ?? Self.start),
            "at": .string(time.timestamp), "who": .string(Self.who), "event": .string(event), "details": details,
        ]
        line["hash"] = .string(Self.hash(line))
        try write(line.bytes + [UInt8(ascii: "\n")], to: descriptor)
        guard fsync(descriptor) == 0 else { throw problem(String(cString: strerror(errno))) }
    }

    /// The last whole line; what a kill left behind it is dropped. Nil for an empty log.
    private func lastEntry(_ descriptor: Int32) throws -> Entry? {
        let newline = UInt8(ascii: "\n")
        let size = Int(lseek(descriptor, 0, SEEK_END))
        var length = 1 << 16
        while true {
            let begin = max(size - length, 0)
            let bytes = try read(descriptor, from: begin, to: size)
            let end = bytes.lastIndex(of: newline)
            let start = end.flatMap { bytes[..<$0].lastIndex(of: newline) }.map { $0 + 1 }
            guard start != nil || begin == 0 else {
                guard length <= 2 * Self.longestLine else { throw problem("its last line is too long") }
                length *= 2
                continue
            }
            let torn = size - begin - (end.map { $0 + 1 } ?? 0)
            if torn > 0, ftruncate(descriptor, off_t(size - torn)) != 0 {
                throw problem(String(cString: strerror(errno)))
            }
            guard let end else { return nil }
            guard let link = Self.link(Array(bytes[(start ?? 0)..<end])) else {
                throw problem("its last line was changed after it was written; put the file aside to begin a new log")
            }
            return link.entry
        }
    }

    private func read(_ descriptor: Int32, from begin: Int, to end: Int) throws -> [UInt8] {
        let bytes = [UInt8](unsafeUninitializedCapacity: end - begin) { buffer, count in
            while count < end - begin {
                let read = pread(descriptor, buffer.baseAddress! + count, end - begin - count, off_t(begin + count))
                if read < 0, errno == EINTR { continue }
                guard read > 0 else { break }
                count += read
            }
        }
        guard bytes.count == end - begin else { throw problem("it cannot be read") }
        return bytes
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { throw problem(String(cString: strerror(errno))) }
            written += max(count, 0)
        }
    }

    private func problem(_ text: String) -> SyncRunError { .state(path: path, problem: text) }

    /// The person, or the account of the job, that runs this.
    public static var who: String { "\(NSUserName())@\(ProcessInfo.processInfo.hostName)" }
}

extension RunLog.Entry {
    public var json: JSON {
        [
            "n": .int(number), "at": .string(at), "who": .string(who), "event": .string(event), "details": details,
            "hash": .string(hash),
        ]
    }
}
