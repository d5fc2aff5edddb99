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
}
