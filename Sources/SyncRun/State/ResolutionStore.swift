import Catalog
import Foundation
public import Sync

/// The resolution file of one flow on the disk.
public struct ResolutionStore: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    /// `team.policy.yaml` → `team.policy.skresolve`
    public static func defaultPath(forPolicyAt path: String) -> String {
        URL(fileURLWithPath: path).deletingPathExtension().path + ".skresolve"
    }

    /// - Throws: `SyncRunError.policy` with the lines that cannot be read. No file is no resolution.
    public func load() throws -> [ConflictResolution] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw SyncRunError.policy(path: path, problem: "the file cannot be read")
        }
        defer { try? handle.close() }
        let data = try handle.read(upToCount: ResolutionFile.maxBytes + 1) ?? Data()
        guard let text = String(data: data, encoding: .utf8) else {
            throw SyncRunError.policy(path: path, problem: "the file is not UTF-8 text")
        }
        do {
            return try ResolutionFile.parse(text)
        } catch {
            throw SyncRunError.policy(path: path, problem: error.description)
        }
    }

    /// The whole file anew, on the disk before the call returns; whoever kills this leaves the old or the new one.
    public func save(_ resolutions: [ConflictResolution]) throws {
        try AtomicText.write(ResolutionFile.text(of: resolutions), to: path)
    }
}

/// Replaces a text file so that it is never half written.
public enum AtomicText {
    public static func write(_ text: String, to path: String) throws {
        // Through a link, so that it stays one; with the mode that the file has.
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let aside = target.deletingLastPathComponent().appending(
            path: ".\(target.lastPathComponent).\(UUID().uuidString)"
        )
        do {
            let mode = try? FileManager.default.attributesOfItem(atPath: target.path)[.posixPermissions]
            let made = FileManager.default.createFile(
                atPath: aside.path,
                contents: nil,
                attributes: [.posixPermissions: mode ?? 0o600]
            )
            guard made else { throw CocoaError(.fileWriteUnknown) }
            let handle = try FileHandle(forWritingTo: aside)
            try handle.write(contentsOf: Data(text.utf8))
            try handle.synchronize()
            try handle.close()
            guard rename(aside.path, target.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            try? FileManager.default.removeItem(at: aside)
            throw SyncRunError.state(path: path, problem: "it cannot be written: \(error.localizedDescription)")
        }
    }
}
