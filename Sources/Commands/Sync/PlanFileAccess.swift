import APIClient
import Catalog
import Foundation
import Sync
import SyncRun

/// Plan files on the disk.
enum PlanFileAccess {
    /// Plans are large, but a file that is no plan may be larger.
    private static let largest = 1 << 30

    static func read(_ path: String) throws -> PlanFile {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw unusable("The plan \(path) cannot be read; make one with `skerry sync plan --out`.")
        }
        defer { try? handle.close() }
        guard let data = try handle.read(upToCount: largest), let text = String(data: data, encoding: .utf8) else {
            throw unusable("\(path) is no plan file: it is empty or not UTF-8 text.")
        }
        do {
            return try PlanFile.parse(text)
        } catch {
            throw unusable("\(path): \(error)")
        }
    }

    static func write(_ file: PlanFile, to path: String) throws {
        try TextFile.write(file.text, to: path, what: "The plan")
    }

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
