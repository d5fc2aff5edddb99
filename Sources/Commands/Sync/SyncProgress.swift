import Foundation
import SyncRun
import Synchronization

/// Progress on standard error, a line for every tenth; for programs only when they ask.
final class SyncProgress: Sendable {
    private let isShown: Bool
    /// The last tenth that was shown, by subject.
    private let shown = Mutex<[String: Int]>([:])

    init(isVerbose: Bool) {
        isShown = isVerbose || isatty(STDERR_FILENO) == 1
    }

    var observer: SyncObserver {
        SyncObserver(
            reading: { self.show("reading \($0.server)", $0.done, of: $0.total) },
            applying: { self.show("applying", $0.done, of: $0.total, $0.operation) }
        )
    }

    private func show(_ subject: String, _ done: Int, of total: Int, _ detail: String = "") {
        guard isShown, total > 0 else { return }
        let tenth = done * 10 / total
        let isNews = shown.withLock { shown in
            if shown[subject] == tenth { return false }
            shown[subject] = tenth
            return true
        }
        guard isNews, done > 0 else { return }
        Console.note("\(subject): \(done) of \(total)\(detail.isEmpty ? "" : " — \(detail)")")
    }
}
