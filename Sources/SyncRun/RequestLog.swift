public import APIClient
import Catalog
import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Every exchange with a server, one JSON line each, added to a file that only its owner reads (LS-5).
///
/// `{"at": …, "server": …, "method": "GET", "path": "/api/…", "status": 200, "microseconds": 12300, "attempt": 1, "run": …,
/// "plan": …, "op": …}`; without an answer `problem` in place of `status`. No key, no body, no query is in it.
public final class RequestLog: Sendable {
    private let file: Mutex<FileHandle>

    /// - Throws: `SyncRunError.refused` when the file cannot be written.
    public init(path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw SyncRunError.refused(reason: "requests cannot be logged to \(path): \(reason)")
        }
        file = Mutex(FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
    }

    /// Takes a note. A full disk does not stop a sync.
    public func take(_ note: RequestNote) {
        let line = Data(Self.line(note).bytes + [UInt8(ascii: "\n")])
        file.withLock { try? $0.write(contentsOf: line) }
    }

    static func line(_ note: RequestNote) -> JSON {
        let (seconds, fraction) = note.duration.components
        let microseconds = seconds * 1_000_000 + fraction / 1_000_000_000_000
        var line: JSONObject = [
            "at": .string(note.at.timestamp), "server": .string(note.server), "method": .string(note.method),
            "path": .string(note.path),
        ]
        if let status = note.status { line["status"] = .int(status) }
        line["microseconds"] = .int(Int(microseconds))
        line["attempt"] = .int(note.attempt)
        if let run = note.origin.run { line["run"] = .string(run) }
        if let plan = note.origin.plan { line["plan"] = .string(plan) }
        if let operation = note.origin.operation { line["op"] = .int(operation) }
        if let problem = note.problem { line["problem"] = .string(String(problem.prefix(500))) }
        return .object(line)
    }
}
