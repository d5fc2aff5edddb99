import Foundation
import Instances
import Store

/// The database of a stopped instance as it was before a migration, beside it.
struct SavedDatabase: Sendable {
    let database: String

    private var copy: String { "\(database).before-upgrade" }

    /// It has its name only when it is whole and on the disk.
    func save() async throws {
        let draft = "\(copy).part"
        try DurableFile.remove(draft)
        _ = try await DatabaseCopy.make(of: database, at: draft)
        var status = stat()
        guard stat(database, &status) == 0, geteuid() != 0 || chown(draft, status.st_uid, status.st_gid) == 0,
            chmod(draft, status.st_mode & 0o777) == 0
        else { throw UpgradeError.step("save \(database)", reason: String(cString: strerror(errno)).lowercased()) }
        try FlushedTree.flush(draft)
        try Directories.move(draft, to: copy)
        try DurableFile.flushDirectory(of: copy)
    }

    /// Puts it back, if it was saved. Killed in the middle, the same call completes it: the copy goes last.
    func putBack() throws {
        try DurableFile.remove("\(copy).part")
        guard DurableFile.exists(copy) else { return }
        for suffix in ["-wal", "-shm"] { try DurableFile.remove(database + suffix) }
        try Directories.move(copy, to: database)
        try DurableFile.flushDirectory(of: database)
    }

    func forget() throws {
        for path in [copy, "\(copy).part"] { try DurableFile.remove(path) }
    }
}
