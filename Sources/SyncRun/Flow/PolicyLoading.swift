public import Catalog
import Foundation
public import Sync

/// Reads a policy file from the disk.
public enum PolicyLoading {
    /// - Throws: `SyncRunError.policy`.
    public static func policy(at path: String, catalog: Catalog = .standard) throws(SyncRunError) -> Policy {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw .policy(path: path, problem: "the file cannot be read; `skerry sync init` writes one")
        }
        defer { try? handle.close() }
        do {
            let data = try handle.read(upToCount: PolicyFile.maxBytes + 1) ?? Data()
            guard let text = String(data: data, encoding: .utf8) else {
                throw SyncRunError.policy(path: path, problem: "the file is not UTF-8 text")
            }
            return try PolicyFile.parse(text, catalog: catalog)
        } catch let error as SyncRunError {
            throw error
        } catch {
            throw .policy(path: path, problem: "\(error)")
        }
    }

    private static let largestChanges = 1_000_000

    /// The differences between releases that are known, and those that the policy's own file adds.
    static func schemaChanges(_ policy: Policy, policyPath: String) throws(SyncRunError) -> [SchemaChange] {
        guard let name = policy.schemaChanges else { return SchemaChange.known }
        let folder = URL(fileURLWithPath: policyPath).deletingLastPathComponent()
        let path = URL(fileURLWithPath: name, relativeTo: folder).standardizedFileURL.path
        guard let data = FileManager.default.contents(atPath: path), data.count <= largestChanges,
            let list = try? JSON.parse([UInt8](data)).arrayValue
        else { throw .policy(path: path, problem: "versions.changes: a JSON list of differences is expected here") }
        var changes = SchemaChange.known
        for (position, item) in list.enumerated() {
            guard let change = SchemaChange(json: item), catalog(change.kind) else {
                throw .policy(
                    path: path,
                    problem: "versions.changes: the entry \(position + 1) is no difference; see docs/sync/versions.md"
                )
            }
            changes.append(change)
        }
        return changes
    }

    private static func catalog(_ kind: KindName) -> Bool { Catalog.standard[kind] != nil }
}
