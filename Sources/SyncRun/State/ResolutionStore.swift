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
        do {
            try replace(path, newMode: 0o600) { take in try take(Array(text.utf8)) }
        } catch {
            throw SyncRunError.state(path: path, problem: "it cannot be written: \(error.localizedDescription)")
        }
    }

    /// The same for a text that comes in pieces.
    ///
    /// - Parameters:
    ///   - newMode: of a file that was not there; nil: what the process gives its files.
    ///   - keepsMode: a file that was there keeps its own.
    public static func replace(
        _ path: String,
        newMode: Int?,
        keepsMode: Bool = true,
        _ pieces: (_ take: ([UInt8]) throws -> Void) throws -> Void
    ) throws {
        // Through a link, so that it stays one.
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let aside = target.deletingLastPathComponent().appending(
            path: ".\(target.lastPathComponent).\(UUID().uuidString)"
        )
        do {
            let known = try? FileManager.default.attributesOfItem(atPath: target.path)[.posixPermissions] as? Int
            let mode = keepsMode ? known ?? newMode : newMode
            let made = FileManager.default.createFile(
                atPath: aside.path,
                contents: nil,
                attributes: mode.map { [.posixPermissions: $0] }
            )
            guard made else { throw CocoaError(.fileWriteUnknown) }
            let handle = try FileHandle(forWritingTo: aside)
            defer { try? handle.close() }
            try pieces { try handle.write(contentsOf: $0) }
            try handle.synchronize()
            guard rename(aside.path, target.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            try? FileManager.default.removeItem(at: aside)
            throw error
        }
    }
}
