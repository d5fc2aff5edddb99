import APIClient
import Catalog
import Foundation
import Sync
import SyncRun

/// What is wrong with a plan file.
enum PlanFileAccess {
    static func unusable(_ message: String) -> CommandFailure {
        CommandFailure(code: SyncExitCode.policy.rawValue, message: message)
    }
}

extension SyncFlow {
    /// A plan with what only this moment knows.
    ///
    /// - Parameter hours: after how many hours, by the destination's clock, it may no longer be applied.
    func file(_ plan: Plan, purpose: PlanFile.Purpose = .sync, expires hours: Int, approvals: [Approval] = [])
        -> PlanFile
    {
        PlanFile(
            plan: plan,
            createdAt: serverTime.timestamp,
            expiresAt: serverTime.addingTimeInterval(Double(hours) * 3600).timestamp,
            engine: RequestOrigin.version,
            policyPath: policyPath,
            purpose: purpose,
            catalogDigest: Catalog.standard.digest,
            requestsEstimated: estimatedRequests(plan),
            approvals: approvals
        )
    }
}
