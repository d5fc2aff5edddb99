import Catalog
import Foundation
import Instances

/// A backup whose every byte was looked at.
public struct BackupArchive: Sendable {
    public let path: String
    /// SHA-256 of its content, lower-case hexadecimal.
    public let digest: String
    public let manifest: BackupManifest

    /// - Throws: ``BackupError/damaged(path:reason:)``, ``BackupError/newerFormat(path:format:)``.
    public init(path: String) throws {
        let reader = ArchiveReader(path: path)
        digest = try reader.check()
        var manifest: BackupManifest?
        try reader.visit { entry in
            guard entry.name == BackupManifest.entryName else { return }
            manifest = try BackupManifest(bytes: try entry.bytes(), path: path)
        }
        guard let manifest else { throw BackupError.damaged(path: path, reason: "it has no manifest") }
        self.path = path
        self.manifest = manifest
    }

    /// The settings of an instance, and its secrets when there is a passphrase for them.
    func settings(passphrase: String?) throws -> (settings: InstanceSettings, secrets: [String: [UInt8]]?) {
        var settings: InstanceSettings?
        var secrets: [String: [UInt8]]?
        try ArchiveReader(path: path).visit { entry in
            switch entry.name {
            case "config.json":
                settings = try InstanceSettings(
                    kind: manifest.instance.kind,
                    bytes: try entry.bytes(),
                    path: entry.name
                )
            case "secrets.json":
                guard let passphrase else { return }
                guard let wrapped = (try? JSON.parse(try entry.bytes())).flatMap(WrappedSecrets.init) else {
                    throw BackupError.damaged(path: path, reason: "its master key cannot be read")
                }
                secrets = try wrapped.open(passphrase: passphrase)
            default: return
            }
        }
        guard let settings else { throw BackupError.damaged(path: path, reason: "it has no configuration") }
        return (settings, secrets)
    }

    /// Writes the database and the files into a directory.
    func extract(to home: String) throws {
        try ArchiveReader(path: path).visit { entry in
            let name = entry.name
            switch name {
            case "config.json", "secrets.json", BackupManifest.entryName: return
            case "database.db": try entry.write(to: "\(home)/\(Self.databaseName)")
            case _ where name.hasPrefix("home/"):
                let inHome = String(name.dropFirst("home/".count))
                guard !inHome.hasPrefix(InstanceHome.ownPrefix), inHome != Self.databaseName else {
                    throw BackupError.damaged(path: path, reason: "it holds \(entry.name), which no backup holds")
                }
                try Directories.make(DurableFile.directory(of: "\(home)/\(inHome)"), mode: 0o750)
                try entry.write(to: "\(home)/\(inHome)")
            default: throw BackupError.damaged(path: path, reason: "it holds an unknown \(entry.name)")
            }
        }
    }

    private static let databaseName = "skerry.db"
}
