/// The time limit of a piece of work has passed; the work was cancelled.
struct TimeLimitReached: Error {}

/// Does the work, or gives it up when the time has passed.
func withTimeLimit<Success: Sendable>(
    _ limit: Duration,
    _ work: @escaping @Sendable () async throws -> Success
) async throws -> Success {
    try await withThrowingTaskGroup(of: Success.self) { group in
        group.addTask(operation: work)
        group.addTask {
            try await Task.sleep(for: limit)
            throw TimeLimitReached()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
