import Foundation

/// An exclusive lock on a file, for as long as the value lives; the system lets go of it when the process ends, however
/// that happens.
package final class FileLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit {
        // Said explicitly: a child process that is just being started may hold the same descriptor for a moment.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// - Returns: nil when another process (or another value in this one) holds the lock.
    package static func attempt(_ path: String) throws(InstanceError) -> FileLock? {
        try Directories.make(DurableFile.directory(of: path), mode: 0o755)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(path, "lock") }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return FileLock(descriptor: descriptor) }
        let isHeld = errno == EWOULDBLOCK
        let problem = InstanceError.file(path, "lock")
        close(descriptor)
        if isHeld { return nil }
        throw problem
    }

    /// The same, more than once: somebody who asks whether it is held (``isHeld(_:)``) has it for a moment.
    package static func claim(_ path: String) throws(InstanceError) -> FileLock? {
        for _ in 0..<20 {
            if let lock = try attempt(path) { return lock }
            usleep(10_000)
        }
        return nil
    }

    /// Waits for the lock, looking every few milliseconds.
    ///
    /// - Throws: ``InstanceError/lockTimedOut(path:)`` after `seconds`.
    package static func wait(_ path: String, seconds: Double = 60) throws(InstanceError) -> FileLock {
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .seconds(seconds) {
            if let lock = try attempt(path) { return lock }
            usleep(UInt32.random(in: 2_000...10_000))
        }
        throw .lockTimedOut(path: path)
    }

    /// Whether somebody holds the lock, without getting in the way of one who wants it.
    package static func isHeld(_ path: String) -> Bool {
        // A shared lock for a moment: those who want the exclusive one try more than once.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }
}
