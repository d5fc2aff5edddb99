import UnixSignals

/// Runs work until it ends or the process is asked to end (SIGTERM, SIGINT), which cancels it.
func untilTerminated(_ work: @escaping @Sendable () async -> Void) async {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    await withTaskGroup(of: Void.self) { tasks in
        tasks.addTask { await work() }
        tasks.addTask { for await _ in signals { return } }
        await tasks.next()
        tasks.cancelAll()
    }
}
