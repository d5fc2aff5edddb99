import Crypto
import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Who holds a lease: this state file on this machine, in this boot of it.
///
/// Two processes that open one file are kept apart by the lock on it, so that they may share a name: an apply that was
/// killed can be gone on with at once. A copy of the file on another machine has another name.
struct LeaseHolder: Sendable, Hashable {
    /// Tells holders apart; says nothing about them.
    let id: String
    /// For people: the machine's name.
    let machine: String

    init(statePath: String) {
        let machine = ProcessInfo.processInfo.hostName
        var status = stat()
        let file = stat(statePath, &status) == 0 ? "\(status.st_dev):\(status.st_ino)" : statePath
        let text = [machine, Self.boot, file].joined(separator: "\u{1F}")
        let digest = SHA256.hash(data: Array(text.utf8)).prefix(8)
        id = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        self.machine = machine
    }

    init(id: String, machine: String) {
        self.id = id
        self.machine = machine
    }

    private static let boot =
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
        .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
}

/// What the lease's variable says.
struct LeaseNote: Sendable, Hashable, Codable {
    var holder: String
    var machine: String
    var run: String
    /// RFC 3339, by the destination's clock.
    var until: String

    var end: Date { Date(timestamp: until) ?? .distantPast }

    init(holder: LeaseHolder, run: String, until: Date) {
        self.holder = holder.id
        machine = holder.machine
        self.run = run
        self.until = until.timestamp
    }

    /// Nil for a text that is no such note: whatever a person wrote there is no lease.
    init?(text: String) {
        guard let note = try? JSONDecoder().decode(LeaseNote.self, from: Data(text.utf8)) else { return nil }
        self = note
    }

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
