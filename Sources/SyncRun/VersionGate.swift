import APIClient
import Catalog
import Sync

/// Whether two servers are close enough in version to be synced (S-38 to S-42).
enum VersionGate {
    /// - Returns: a warning when the versions are not the same release, and the policy lets them pass.
    /// - Throws: `SyncRunError.versionsTooFarApart`.
    static func check(
        _ source: ServerIdentity,
        _ destination: ServerIdentity,
        policy: Policy
    ) throws(SyncRunError) -> String? {
        guard let left = APIRelease(source.version), let right = APIRelease(destination.version) else {
            return source.version == destination.version
                ? nil : "versions \(source.version) and \(destination.version) cannot be compared; expect differences"
        }
        let versions = "versions \(source.version) and \(destination.version)"
        guard left.year == right.year else {
            if policy.allowsMajor { return "\(versions) are different major versions; expect refusals and lost fields" }
            throw .versionsTooFarApart(source: source, destination: destination, allowed: policy.maxMinorDistance)
        }
        let distance = abs(left.number - right.number)
        if distance > policy.maxMinorDistance {
            if policy.onVersionMismatch == .warn {
                return "\(versions) are \(distance) minor versions apart; expect refusals and lost fields"
            }
            throw .versionsTooFarApart(source: source, destination: destination, allowed: policy.maxMinorDistance)
        }
        return distance == 0 ? nil : "\(versions) differ; the same release on both sides is safer"
    }
}
