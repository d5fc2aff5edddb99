import APIClient
import Catalog
import Sync

/// Whether two servers are close enough in version to be synced (S-38 to S-42).
enum VersionGate {
    /// - Returns: a warning when the versions are not the same release but close enough.
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
        let distance = abs(left.number - right.number)
        guard left.year == right.year, distance <= policy.maxMinorDistance else {
            throw .versionsTooFarApart(source: source, destination: destination, allowed: policy.maxMinorDistance)
        }
        guard distance > 0 else { return nil }
        return "versions \(source.version) and \(destination.version) differ; the same release on both sides is safer"
    }
}
