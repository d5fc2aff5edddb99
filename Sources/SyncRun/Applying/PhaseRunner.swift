import Catalog
import Sync

/// Does the operations of one phase: several at once, one at a time for each entity and for each tenant, none before
/// what it depends on or what it belongs to. What happens after a failure is the failure policy's matter; after an interruption nothing more
/// is begun, whatever it says.
struct PhaseRunner: Sendable {
    struct Result: Sendable {
        var done: [Operation] = []
        var failed: [SyncRunError.FailedOperation] = []
        var notStarted: [Operation] = []
        var interruption: Interruption?

        mutating func add(_ other: Result) {
            done += other.done
            failed += other.failed
            notStarted += other.notStarted
            interruption = interruption ?? other.interruption
        }
    }

    let operations: [Operation]
    var onFailure = FailurePolicy.stopPhase
    /// Operations under way at once, at most.
    var breadth = 16
    let run: @Sendable (Operation) async throws -> Void
    let finished: @Sendable (Operation) async -> Void

    /// - Parameter earlier: what the phases before this one did, and did not.
    func result(after earlier: Result) async -> Result {
        var waiting = operations.sorted { $0.sequence < $1.sequence }
        var done = Set(earlier.done.map(\.sequence))
        var barred = Barred(earlier.failed.map(\.operation) + earlier.notStarted)
        var busy = Set<String>()
        var unmade = Set(operations.filter { $0.action == .create }.map(\.key))
        var result = Result()
        await withTaskGroup(of: (Operation, (any Error)?).self) { group in
            var running = 0
            while true {
                while running < breadth, goesOn(result), let next = Self.next(&waiting, done, busy, barred, unmade) {
                    busy.insert(Self.lane(of: next))
                    running += 1
                    group.addTask { (next, await self.problem(of: next)) }
                }
                guard running > 0, let (operation, problem) = await group.next() else { break }
                running -= 1
                busy.remove(Self.lane(of: operation))
                if let problem {
                    result.failed.append(.init(operation: operation, problem: Self.text(problem)))
                    result.interruption = result.interruption ?? Interruption(problem)
                    barred.add(operation)
                    if onFailure == .stopNow { group.cancelAll() }
                } else {
                    done.insert(operation.sequence)
                    unmade.remove(operation.key)
                    result.done.append(operation)
                }
                await finished(operation)
            }
        }
        result.notStarted = waiting
        return result
    }

    private func goesOn(_ result: Result) -> Bool {
        result.interruption == nil && (result.failed.isEmpty || onFailure == .continueIndependent)
    }

    private func problem(of operation: Operation) async -> (any Error)? {
        do {
            try await run(operation)
            return nil
        } catch {
            return error
        }
    }

    private static func text(_ problem: any Error) -> String {
        problem is CancellationError
            ? "it was given up when the run was stopped; the next run looks whether it was done" : "\(problem)"
    }

    private static func next(
        _ waiting: inout [Operation],
        _ done: Set<Int>,
        _ busy: Set<String>,
        _ barred: Barred,
        _ unmade: Set<EntityKey>
    ) -> Operation? {
        var taken = busy
        for (index, operation) in waiting.enumerated() {
            let lane = lane(of: operation)
            if operation.dependsOn.allSatisfy(done.contains), !barred.holds(operation),
                !operation.key.owners.contains(where: unmade.contains), taken.insert(lane).inserted
            {
                return waiting.remove(at: index)
            }
            // Whoever waits for the same entity keeps its turn.
            taken.insert(lane)
        }
        return nil
    }

    /// Operations of one lane are done one after the other, in their order.
    static func lane(of operation: Operation) -> String {
        switch operation.key.kind {
        // Servers of some versions lost or doubled values when one tenant was written twice at once.
        case .tenants, .tenantVariables: "tenant/" + (operation.key.foldedPath.first ?? "")
        default: operation.lineage
        }
    }

    /// What was not done, and with it whatever is of the same entity or belongs to it.
    private struct Barred {
        private var lanes: Set<String> = []
        private var keys: Set<EntityKey> = []

        init(_ operations: [Operation]) {
            for operation in operations { add(operation) }
        }

        mutating func add(_ operation: Operation) {
            lanes.insert(PhaseRunner.lane(of: operation))
            if operation.action == .create { keys.insert(operation.key) }
        }

        func holds(_ operation: Operation) -> Bool {
            lanes.contains(PhaseRunner.lane(of: operation)) || operation.key.owners.contains(where: keys.contains)
        }
    }
}
