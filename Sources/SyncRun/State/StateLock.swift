import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Holds a flow for one runner. The system gives it back when the process ends, however it ends.
final class StateLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `SyncRunError.refused` when another runner holds it.
    init(path: String) throws(SyncRunError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .state(path: path, problem: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .refused(
                reason: "another `skerry sync apply` is at work on this state (\(path)); wait until it is done"
            )
        }
    }

    deinit { close(descriptor) }
}
