import Foundation
import Synchronization

/// Kills this process without warning at the n-th boundary that it passes, when the environment asks for it with
/// `SKERRY_TEST_CRASH_AT=<n>`. For tests of doing things again only: nothing else sets the variable.
final class CrashPoint: Sendable {
    private let left = Mutex(ProcessInfo.processInfo.environment["SKERRY_TEST_CRASH_AT"].flatMap { Int($0) })

    func pass() {
        left.withLock { left in
            guard let count = left else { return }
            left = count - 1
            if count <= 1 { kill(getpid(), SIGKILL) }
        }
    }
}
