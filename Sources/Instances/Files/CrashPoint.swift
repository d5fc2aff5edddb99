import Foundation
import Synchronization

/// Where a test can end the process: before each change of the file system.
///
/// `SKERRY_TEST_CRASH_AT_CHANGE=n` kills the process before its n-th change. It exists for the tests that prove that a
/// command can be cut off anywhere.
enum CrashPoint {
    private static let chosen = ProcessInfo.processInfo.environment["SKERRY_TEST_CRASH_AT_CHANGE"].flatMap { Int($0) }
    private static let passed = Atomic<Int>(0)

    static func pass() {
        guard let chosen, passed.add(1, ordering: .relaxed).newValue == chosen else { return }
        kill(getpid(), SIGKILL)
    }
}
