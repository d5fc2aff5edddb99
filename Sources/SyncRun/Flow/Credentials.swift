import APIClient
import Foundation
import Sync

/// Finds the key that a policy names: in the environment, or in a file beside the policy.
enum Credentials {
    static let longestFile = 10_000

    static func key(for endpoint: Policy.Endpoint, policyPath: String) throws(SyncRunError) -> APIKey {
        do {
            switch endpoint.credential {
            case .environment(let name):
                guard let text = ProcessInfo.processInfo.environment[name] else {
                    throw SyncRunError.credential(
                        problem:
                            "the environment variable \(name), which holds the API key of \(endpoint.url), is not set"
                    )
                }
                return try APIKey(text, from: "the environment variable \(name)")
            case .file(let path):
                let folder = URL(fileURLWithPath: policyPath).deletingLastPathComponent()
                let file = URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL
                return try APIKey(try text(of: file, for: endpoint), from: "the file \(file.path)")
            }
        } catch let error as SyncRunError {
            throw error
        } catch {
            throw .credential(problem: "\(error)")
        }
    }

    private static func text(of file: URL, for endpoint: Policy.Endpoint) throws -> String {
        let problem = "the file \(file.path), which holds the API key of \(endpoint.url),"
        guard let handle = FileHandle(forReadingAtPath: file.path) else {
            throw SyncRunError.credential(problem: "\(problem) cannot be read")
        }
        defer { try? handle.close() }
        let attributes = try FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)
        // A key that others can read is everybody's key.
        if let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue, mode & 0o077 != 0 {
            throw SyncRunError.credential(
                problem: "\(problem) is open to other users of this machine; close it: chmod 600 \(file.path)"
            )
        }
        let data = try handle.read(upToCount: longestFile + 1) ?? Data()
        guard data.count <= longestFile else {
            throw SyncRunError.credential(problem: "\(problem) is too large for a key")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
