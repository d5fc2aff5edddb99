/// A condition did not come true in time.
public struct WaitTimedOut: Error, CustomStringConvertible {
    public let what: String
    public let limit: Duration

    public var description: String { "waited \(limit) in vain for \(what)" }
}

/// Waits until `condition` holds, looking every 10 ms; for things that tell nobody when they happen.
///
/// - Throws: `WaitTimedOut` after `limit`, and whatever `condition` throws.
public func wait(
    for what: String,
    limit: Duration = .seconds(120),
    isolation: isolated (any Actor)? = #isolation,
    until condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw WaitTimedOut(what: what, limit: limit) }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Waits until `value` is no longer nil, and returns it.
public func wait<Value>(
    for what: String,
    limit: Duration = .seconds(120),
    isolation: isolated (any Actor)? = #isolation,
    untilSome value: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let found = try await value() { return found }
        guard ContinuousClock.now < deadline else { throw WaitTimedOut(what: what, limit: limit) }
        try await Task.sleep(for: .milliseconds(10))
    }
}
