import APIClient
import Catalog
import Foundation
import Sync
import SyncRun

/// Plan and apply in one go, for a timer that nobody watches: only what needs no person's eye.
struct UnattendedSync {
    let policyPath: String
    let settings: PlanSettings

    /// What a person must see before it happens. Deletes have their own switch.
    private static let refusedRisks: Set<Sync.Operation.Risk> = [.widening, .lowConfidence, .kindChange]

    enum Outcome {
        case applied(PlanFile, ApplyReport)
        /// Of how many documents it was not known yet that both sides agree.
        case nothingToDo(remembered: Int)
    }

    func run(_ opened: SyncFlow, _ options: ApplyOptions) async throws -> Outcome {
        var flow = opened
        flow.settings = settings
        if flow.settings.pruning != .prune { flow.settings.pruning = .never }
        let (plan, remembered) = try await flow.planRemembering()
        let file = flow.file(plan, expires: 1)
        do {
            try refuse(plan)
        } catch {
            try flow.log.append(
                "refused",
                ["plan": .string(file.planID), "totals": plan.totals, "problem": .string("\(error)")]
            )
            throw error
        }
        if plan.operations.isEmpty { return .nothingToDo(remembered: remembered) }
        return .applied(file, try await flow.applyLogged(file, options))
    }

    private func refuse(_ plan: Plan) throws(SyncRunError) {
        guard plan.conflicts.isEmpty else { throw .conflicts(plan.conflicts) }
        let risky = plan.operations.filter { !Self.refusedRisks.isDisjoint(with: $0.risks) }
        guard risky.isEmpty else {
            let lines = risky.prefix(50).map { operation in
                "  - \(operation.key.title()): \(operation.risks.map(\.word).joined(separator: ", "))"
            }
            throw .refused(
                reason: """
                    --auto does nothing that a person should see first; nothing was written. Look at it with \
                    `skerry sync plan` and apply that plan:
                    \(lines.joined(separator: "\n"))
                    """
            )
        }
    }
}
