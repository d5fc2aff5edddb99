import Foundation

/// What `errno` says, just after a call failed.
func fileError(_ path: String, _ action: String) -> BackupError {
    .file(path: path, action: action, reason: String(cString: strerror(errno)).lowercased())
}

/// - Throws: ``BackupError/noSpace(path:needed:free:)`` when a file system has less than `bytes` free.
func requireSpace(_ bytes: Int, at directory: String) throws {
    var place = directory
    var status = statvfs()
    while statvfs(place, &status) != 0 {
        guard errno == ENOENT, place != "/" else { return }
        place = URL(fileURLWithPath: place).deletingLastPathComponent().path
    }
    let free = Int(clamping: UInt64(status.f_bavail)) * Int(clamping: UInt64(status.f_frsize))
    guard free >= bytes else { throw BackupError.noSpace(path: directory, needed: bytes, free: free) }
}
