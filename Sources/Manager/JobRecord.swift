import Foundation
import Instances

/// Work that was begun: its plan, and how far it is. Written down after each step, without secrets, so that it is known
/// whoever dies.
struct JobRecord: Sendable, Codable {
    enum State: String, Sendable, Codable {
        case running, done, failed, undone
        /// It failed, and so did taking it back.
        case stuck
    }

    struct Step: Sendable, Codable {
        /// The command.
        var line: String
        /// How it ended; nil while it runs.
        var code: Int32?
    }

    let id: String
    let begun: Date
    let plan: ManagedPlan
    var state = State.running
    var steps: [Step] = []
}

/// The directory of one job: `job.json`, the output of each step, and a lock that its process holds.
struct JobFolder: Sendable {
    static let largestOutput = 128 << 10

    let path: String

    private var file: String { "\(path)/job.json" }
    var lock: String { "\(path)/lock" }
    var problems: String { "\(path)/worker.log" }

    func output(_ step: Int) -> String { "\(path)/step-\(step).log" }

    func read() -> JobRecord? {
        guard let bytes = (try? DurableFile.read(file)) ?? nil else { return nil }
        return try? JSONDecoder().decode(JobRecord.self, from: Data(bytes))
    }

    func write(_ record: JobRecord) throws {
        try DurableFile.write(Array(try JSONEncoder().encode(record)), to: file, mode: 0o600)
    }

    /// The end of what a step printed.
    func text(_ step: Int) -> String { Self.end(of: output(step)) }

    var problem: String { Self.end(of: problems) }

    private static func end(of path: String) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? handle.close() }
        let size = (try? handle.seekToEnd()) ?? 0
        let start = size > UInt64(largestOutput) ? size - UInt64(largestOutput) : 0
        guard (try? handle.seek(toOffset: start)) != nil, let data = try? handle.read(upToCount: largestOutput) else {
            return ""
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Puts stars in the place of secrets that a step has printed.
    func mask(_ step: Int, _ hide: (String) -> String) {
        let text = text(step)
        let masked = hide(text)
        guard masked != text else { return }
        try? DurableFile.write(Array(masked.utf8), to: output(step), mode: 0o600)
    }
}

/// API keys in what commands print: shown once, as the commands say.
enum PrintedKeys {
    static func masked(_ text: String) -> String { text.replacing(/API-[A-Z0-9]{16,}/, with: "API-(shown once)") }
}
