import APIClient

/// What an apply does when an operation fails.
public enum FailurePolicy: String, Sendable, Hashable, CaseIterable {
    /// What is under way ends, nothing more is begun.
    case stopPhase
    /// Everything that does not depend on what failed is still done.
    case continueIndependent
    /// What is under way is given up, too; the next run looks how far it came.
    case stopNow
}

/// Why a whole run ends early: not because one operation was refused, but because none can be done at present.
struct Interruption: Error, Sendable, CustomStringConvertible {
    var description: String

    init(_ text: String) { description = text }

    /// Nil for an error that only the operation itself is to blame for.
    init?(_ error: any Error) {
        switch error {
        case let interruption as Interruption: self = interruption
        case let error as APIError where error.isMaintenance:
            description = "The destination went into maintenance mode"
        case .unreachable(let server, let problem) as APIError:
            description = "The connection to \(server) broke (\(problem))"
        case let error as APIError where error.isOutage: description = "The server gave up: \(error)"
        case .unauthorized(let server) as APIError: description = "\(server) no longer accepts the API key"
        default: return nil
        }
    }
}
