import UnixSignals

/// Runs work until it ends or one of these signals comes, which cancels it.
///
/// - Returns: the signal; nil when the work ended by itself.
func untilSignalled(
    _ expected: UnixSignal...,
    work: @escaping @Sendable () async -> Void
) async -> UnixSignal? {
    let signals = await UnixSignalsSequence(trapping: expected)
    return await withTaskGroup(of: UnixSignal?.self) { tasks in
        tasks.addTask {
            await work()
            return nil
        }
        tasks.addTask {
            for await signal in signals { return signal }
            return nil
        }
        let first = await tasks.next() ?? nil
        tasks.cancelAll()
        return first
    }
}
