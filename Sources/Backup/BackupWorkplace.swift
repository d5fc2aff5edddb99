import Foundation
import Instances

/// The directory beside an archive in which it is made. It is held by a lock; one that nobody holds was left by a
/// process that died, and goes when the next backup begins.
struct BackupWorkplace {
    private static let prefix = ".skerry-work-"

    let path: String
    private let lock: FileLock

    init(beside archive: String) throws {
        let directory = DurableFile.directory(of: archive)
        try Self.removeLeftovers(beside: archive)
        path = "\(directory)/\(Self.prefix)\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try Directories.make(path, mode: 0o700)
        guard let lock = try FileLock.attempt("\(path)/lock") else {
            throw BackupError.file(path: path, action: "use", reason: "another process took it")
        }
        self.lock = lock
    }

    var archive: String { "\(path)/archive" }
    var database: String { "\(path)/database.db" }
    var scratch: String { "\(path)/scratch" }

    /// Gives the finished archive its name.
    func publish(as target: String) throws {
        guard rename(archive, target) == 0 else { throw fileError(target, "write") }
        try DurableFile.flushDirectory(of: target)
    }

    func remove() {
        try? Directories.removeAll(path)
        withExtendedLifetime(lock) {}
    }

    /// Removes what processes left that died.
    static func removeLeftovers(beside archive: String) throws {
        let directory = DurableFile.directory(of: archive)
        for name in try Directories.names(in: directory) where name.hasPrefix(prefix) {
            let path = "\(directory)/\(name)"
            // One that has no lock yet is being made.
            guard DurableFile.exists("\(path)/lock"), let lock = try FileLock.attempt("\(path)/lock") else { continue }
            try Directories.removeAll(path)
            withExtendedLifetime(lock) {}
        }
    }
}
