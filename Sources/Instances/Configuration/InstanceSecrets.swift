import Crypto
import Foundation

/// The secrets of an instance that are files: its master key.
public struct InstanceSecrets: Sendable, Hashable {
    public static let masterKeyLength = 32

    /// Readable by the instance's user only.
    public let directory: String
    public let masterKeyFile: String
    private let kind: InstanceKind
    private let slug: String

    /// Of a change of the key that has begun and is not done.
    var nextKeyFile: String { "\(masterKeyFile).next" }

    public init(paths: InstancePaths, kind: InstanceKind, slug: String) {
        self.kind = kind
        self.slug = slug
        directory = paths.secretsDirectory(kind, slug)
        masterKeyFile = paths.masterKeyFile(kind, slug)
    }

    /// Makes the directory and a random master key unless there is one; an existing key is never changed.
    func makeMasterKey() throws(InstanceError) {
        try Directories.make(directory, mode: 0o700)
        let key = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        try DurableFile.createOnce(Self.fileBytes(of: key), at: masterKeyFile, mode: 0o600)
    }

    /// The secrets as files: name and content.
    ///
    /// - Throws: ``InstanceError/badSecret(path:reason:)`` when the master key cannot be used.
    package func files() throws(InstanceError) -> [String: [UInt8]] {
        // An agent has no database, and so no such key.
        if kind == .server { _ = try masterKey() }
        var files: [String: [UInt8]] = [:]
        for name in try Directories.names(in: directory) where !name.hasPrefix(".") {
            let path = "\(directory)/\(name)"
            guard !Directories.isDirectory(path) else {
                throw .fileProblem(path: path, action: "read", reason: "a directory is in the place of a secret")
            }
            files[name] = try DurableFile.read(path)
        }
        return files
    }

    /// - Throws: ``InstanceError/badSecret(path:reason:)`` when another secret is in the place of one of these.
    package func refuseOthers(than files: [String: [UInt8]]) throws(InstanceError) {
        for (name, bytes) in files {
            let path = "\(directory)/\(name)"
            guard let present = try DurableFile.read(path), present != bytes else { continue }
            throw .badSecret(path: path, reason: "there is another one already. Move that file away first")
        }
    }

    /// Puts back secrets that were saved elsewhere; those that are there already have to be the same.
    ///
    /// - Throws: ``InstanceError/badSecret(path:reason:)`` when there is another one.
    package func restore(_ files: [String: [UInt8]]) throws(InstanceError) {
        try Directories.make(directory, mode: 0o700)
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            try DurableFile.createOnce(bytes, at: "\(directory)/\(name)", mode: 0o600)
        }
        try refuseOthers(than: files)
    }

    package static func fileBytes(of key: [UInt8]) -> [UInt8] { Array((Data(key).base64EncodedString() + "\n").utf8) }

    /// The 32 bytes of the master key.
    ///
    /// - Throws: ``InstanceError/badSecret(path:reason:)`` when it is missing, malformed, open to other users, or about
    ///   to be replaced by another.
    public func masterKey() throws(InstanceError) -> [UInt8] {
        guard !DurableFile.exists(nextKeyFile) else {
            throw .badSecret(
                path: masterKeyFile,
                reason:
                    "a change of the master key was interrupted. Complete it with skerry rotate-master-key --instance "
                    + slug
            )
        }
        return try currentKey()
    }

    /// Whatever is about to follow it.
    func currentKey() throws(InstanceError) -> [UInt8] {
        guard let bytes = try DurableFile.read(masterKeyFile) else {
            throw .badSecret(
                path: masterKeyFile,
                reason: "the file is missing. Without it the secrets in the database cannot be read: put it back from "
                    + "where the key was saved, with skerry set-master-key --instance \(slug), or restore a backup"
            )
        }
        var status = stat()
        guard stat(masterKeyFile, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw .badSecret(
                path: masterKeyFile,
                reason: "other users may read it. Close it with chmod 600 \(quoted(masterKeyFile))"
            )
        }
        return try Self.masterKey(in: bytes, from: masterKeyFile)
    }

    /// A key as its file holds it: base64.
    ///
    /// - Throws: ``InstanceError/badSecret(path:reason:)``.
    package static func masterKey(in bytes: [UInt8], from origin: String) throws(InstanceError) -> [UInt8] {
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let key = Data(base64Encoded: text), key.count == masterKeyLength else {
            throw .badSecret(path: origin, reason: "it does not hold 32 bytes in base64")
        }
        return [UInt8](key)
    }
}
