import APIClient
import Catalog
import Sync

/// A run as the records of both servers hold it (`sync.md` 2.20): what was decided, who approved it, how it ended. No
/// value is in it.
struct RunRecord: Sendable {
    enum State: String, Sendable {
        case running = "Running"
        /// Every operation was answered; the result is looked at next.
        case applied = "Applied"
        case finished = "Finished"
        case partial = "Partial"
        case abandoned = "Abandoned"
    }

    let file: PlanFile
    let run: String
    /// RFC 3339.
    let startedAt: String

    /// Operations that a record lists; it counts all of them.
    static let listedOperations = 1_000

    /// The document of kind `syncruns` for one side.
    ///
    /// - Parameter finishedAt: RFC 3339; nil while it goes on.
    func body(
        _ state: State,
        for side: ReplicaSide,
        _ entries: [Int: JournalEntry],
        _ failure: SyncRunError.PartialFailure? = nil,
        finishedAt: String? = nil
    ) -> JSON {
        let plan = file.plan
        return [
            "Name": .string(run), "Side": side == .source ? "Source" : "Destination",
            "State": .string(state.rawValue), "Purpose": .string(file.purpose.text),
            "Source": Self.replica(plan.source), "Destination": Self.replica(plan.destination),
            "PlanId": .string(file.planID), "PolicyDigest": .string(plan.policyDigest),
            "StartedAt": .string(startedAt), "FinishedAt": JSON(finishedAt), "Runner": .string(RunLog.who),
            "Program": .string(RequestOrigin().userAgent), "Totals": plan.totals,
            "OperationCount": .int(plan.operations.count),
            "Operations": .array(plan.operations.prefix(Self.listedOperations).map { operation($0, entries) }),
            "Approvals": .array(file.approvals.map(Self.approval)),
            "JournalDigest": .string(Self.digest(entries)), "Results": results(entries, failure),
        ]
    }

    private static func replica(_ replica: ReplicaIdentity) -> JSON {
        [
            "Url": .string(replica.url), "SpaceId": .string(replica.spaceID), "SpaceName": .string(replica.spaceName),
            "InstallationId": .string(replica.installationID), "Version": .string(replica.serverVersion),
        ]
    }

    private func operation(_ operation: Sync.Operation, _ entries: [Int: JournalEntry]) -> JSON {
        let entry = entries[operation.sequence]
        // What stands there of a finished one is a mark of the journal's own.
        let problem = entry?.step == .failed ? entry?.problem.prefix(500) ?? "" : ""
        return [
            "Sequence": .int(operation.sequence), "Action": .string(operation.action.rawValue),
            "Document": .string(String(operation.key.description.prefix(1_000))),
            "State": .string(entry?.step.rawValue ?? "waiting"), "Problem": .string(String(problem)),
        ]
    }

    private static func approval(_ approval: Approval) -> JSON {
        [
            "Key": .string(approval.key), "At": .string(approval.at), "ExpiresAt": .string(approval.expiresAt),
            "PlanId": .string(approval.planID), "Scope": JSON(approval.scope),
            "Operations": .int(approval.operations.count), "Deletions": JSON(approval.deletions),
        ]
    }

    /// SHA-256 of the journal, in the order of the plan.
    static func digest(_ entries: [Int: JournalEntry]) -> String {
        Fingerprint.hash(.array(entries.values.sorted { $0.sequence < $1.sequence }.map(\.json)))
    }

    private func results(_ entries: [Int: JournalEntry], _ failure: SyncRunError.PartialFailure?) -> JSON {
        let done = entries.values.count { $0.step == .done || $0.step == .verified }
        let failed = entries.values.count { $0.step == .failed }
        return [
            "Done": .int(done), "Failed": .int(failed),
            "NotStarted": .int(max(file.plan.operations.count - entries.count, 0)),
            "Residue": .int(failure?.residue.count ?? 0), "Conflicts": .int(failure?.conflicts.count ?? 0),
            "LostSecrets": .int(failure?.lostSecrets.count ?? 0), "Problem": JSON(failure?.interruption),
        ]
    }
}
