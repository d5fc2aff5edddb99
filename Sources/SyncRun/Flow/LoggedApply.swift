import Catalog
import Foundation
public import Sync

extension SyncFlow {
    /// The log of what was done with this flow.
    public var log: RunLog { RunLog(forState: store.path) }

    /// Applies a plan and writes down that it began, what it decided, and how it ended (LS-3, LS-5).
    ///
    /// - Throws: `SyncRunError`, as `apply` does.
    public func applyLogged(_ file: PlanFile, _ options: ApplyOptions = ApplyOptions()) async throws -> ApplyReport {
        try log.append("begun", file.logDetails)
        do {
            let report = try await apply(file, options)
            try log.append(
                report.wasAppliedBefore ? "applied before" : "applied",
                [
                    "plan": .string(file.planID), "run": .string(report.runID),
                    "operations": .int(report.operations), "resumed": .bool(report.isResumed),
                    "cleanUp": file.plan.cleanUp,
                ]
            )
            return report
        } catch let error as SyncRunError {
            let event = if case .partial = error { "partial" } else { "refused" }
            try log.append(
                event,
                [
                    "plan": .string(file.planID), "exitCode": .int(Int(error.exitCode.rawValue)),
                    "problem": .string(String(error.description.prefix(4_000))), "cleanUp": file.plan.cleanUp,
                ]
            )
            throw error
        }
    }
}

extension PlanFile {
    /// What the log keeps of a plan: all that it decides, each with the rule that decided, and no value.
    fileprivate var logDetails: JSON {
        [
            "plan": .string(planID), "policy": .string(plan.policyDigest), "policyPath": .string(policyPath),
            "source": .string(plan.source.url), "destination": .string(plan.destination.url),
            "totals": plan.totals, "heal": .bool(plan.settings.heals),
            "deletes": .string(plan.settings.pruning.rawValue),
            "resolutions": .array(
                plan.settings.resolutions.map {
                    [
                        "conflict": .string($0.conflictID), "choice": .string($0.choice.word.rawValue),
                        "about": .string($0.about), "by": .string($0.by), "at": .string($0.at),
                    ]
                }
            ),
            "operations": .array(
                plan.operations.map { operation in
                    [
                        "seq": .int(operation.sequence), "op": .string(operation.action.rawValue),
                        "key": operation.key.json,
                        "fields": .array(
                            operation.fields.map { ["path": .string($0.path), "rule": .string($0.rule)] }
                        ),
                    ]
                }
            ),
            "skipped": .array(plan.skipped.map(\.json)), "notices": .array(plan.notices.map(\.json)),
        ]
    }
}

extension Plan {
    /// What was made without its real content, or not made at all: the list that a person goes through afterwards.
    var cleanUp: JSON {
        .array(
            secrets.filter { $0.state != .setAtDestination }.map { secret in
                [
                    "key": secret.key.json, "path": .string(secret.path),
                    "why": .string(secret.state == .unset ? "has no value yet" : "is a placeholder"),
                ]
            }
        )
    }
}
