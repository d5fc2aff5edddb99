import Catalog
import Sync

/// Does the operations of one phase: several at once, one at a time for each entity and for each tenant, none before
/// what it depends on. After a failure nothing more is begun.
struct PhaseRunner: Sendable {
    static let breadth = 16

    struct Result: Sendable {
        var done: [Operation] = []
        var failed: [SyncRunError.FailedOperation] = []
        var notStarted: [Operation] = []
    }

    let operations: [Operation]
    let run: @Sendable (Operation) async throws -> Void
    let finished: @Sendable (Operation) async -> Void

    /// - Parameter done: sequence numbers of what earlier phases did.
    func result(after done: Set<Int>) async -> Result {
        var waiting = operations.sorted { $0.sequence < $1.sequence }
        var done = done
        var busy = Set<String>()
        var result = Result()
        await withTaskGroup(of: (Operation, String?).self) { group in
            var running = 0
            while true {
                while running < Self.breadth, result.failed.isEmpty, let next = Self.next(&waiting, done, busy) {
                    busy.insert(Self.lane(of: next))
                    running += 1
                    group.addTask { (next, await self.problem(of: next)) }
                }
                guard running > 0, let (operation, problem) = await group.next() else { break }
                running -= 1
                busy.remove(Self.lane(of: operation))
                if let problem {
                    result.failed.append(.init(operation: operation, problem: problem))
                } else {
                    done.insert(operation.sequence)
                    result.done.append(operation)
                }
                await finished(operation)
            }
        }
        result.notStarted = waiting
        return result
    }

    private func problem(of operation: Operation) async -> String? {
        do {
            try await run(operation)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func next(_ waiting: inout [Operation], _ done: Set<Int>, _ busy: Set<String>) -> Operation? {
        var taken = busy
        for (index, operation) in waiting.enumerated() {
            let lane = lane(of: operation)
            if operation.dependsOn.allSatisfy(done.contains), taken.insert(lane).inserted {
                return waiting.remove(at: index)
            }
            // Whoever waits for the same entity keeps its turn.
            taken.insert(lane)
        }
        return nil
    }

    /// Operations of one lane are done one after the other, in their order.
    private static func lane(of operation: Operation) -> String {
        switch operation.key.kind {
        // Servers of some versions lost or doubled values when one tenant was written twice at once.
        case .tenants, .tenantVariables: "tenant/" + (operation.key.foldedPath.first ?? "")
        default: operation.lineage
        }
    }
}
