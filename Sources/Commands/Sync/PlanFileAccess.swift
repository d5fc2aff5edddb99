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
        guard let data = try handle.read(upToCount: largest) else {
            throw unusable("\(path) is no plan file: it is empty.")
        }
        do {
            return try data.withUnsafeBytes { try PlanFile.parse($0) }
        } catch {
            throw unusable("\(path): \(error)")
        }
    }

    static func write(_ file: PlanFile, to path: String) throws {
        try TextFile.write(to: path, what: "The plan") { take in try file.forEachPiece(take) }
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
