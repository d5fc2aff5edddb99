import Foundation
import Synchronization

/// How far a server's clock is from ours, by the `Date` of its answers: leases, approvals and plans expire by the
/// server's clock, which all runners share.
final class ServerClock: Sendable {
    private let offset = Mutex<TimeInterval?>(nil)

    /// - Parameter header: a `Date` header (RFC 9110, 6.6.1); anything else is ignored.
    func note(_ header: String, at time: Date = Date()) {
        guard let date = RetryPause.date(header) else { return }
        offset.withLock { $0 = date.timeIntervalSince(time) }
    }

    /// The server's time now, to the second; nil before its first answer with a date.
    var now: Date? { offset.withLock { $0 }.map { Date().addingTimeInterval($0) } }
}

/// What one run of the program may ask of one server.
final class RequestBudget: Sendable {
    private struct State {
        var requests: Int
        var waiting: Duration
    }

    private let state: Mutex<State>
    let text: String

    init(requests: Int, waiting: Duration) {
        state = Mutex(State(requests: requests, waiting: waiting))
        text = "the budget of \(requests) requests and \(waiting.components.seconds) seconds of pauses is spent"
    }

    func takeRequest() -> Bool {
        state.withLock { state in
            state.requests -= 1
            return state.requests >= 0
        }
    }

    func takeWaiting(_ pause: Duration) -> Bool {
        state.withLock { state in
            state.waiting -= pause
            return state.waiting >= .zero
        }
    }
}
