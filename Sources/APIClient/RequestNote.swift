public import Foundation

/// One exchange with a server, for whoever keeps a log (LS-5): no key, no body, no query.
public struct RequestNote: Sendable {
    public var at: Date
    /// `https://prod.example`
    public var server: String
    public var method: String
    /// From `/api` on.
    public var path: String
    /// Nil when there was no answer.
    public var status: Int?
    /// From sending to the last byte; waiting for a place is not part of it.
    public var duration: Duration
    /// From 1.
    public var attempt: Int
    public var origin: RequestOrigin
    /// Why there was no answer.
    public var problem: String?
}

extension Transport {
    func note(
        _ request: Request,
        since start: Date,
        took duration: Duration,
        attempt: Int = 0,
        status: Int?,
        problem: (any Error)? = nil
    ) {
        options.observer?(
            RequestNote(
                at: start,
                server: address.base,
                method: request.method.rawValue,
                path: request.endpoint.path,
                status: status,
                duration: duration,
                attempt: attempt + 1,
                origin: origin,
                problem: problem.map { "\($0)" }
            )
        )
    }
}
