public import Catalog
import Foundation
public import Instances
import Store

/// Puts an instance of an archive back: on the machine that it came from, or on another.
public struct BackupRestoring: Sendable {
    public var archive: String
    public var registry: InstanceRegistry
    public var passphrase: String?
    /// The name that the restored instance gets; nil keeps its own.
    public var newName: String?
    /// Where its data goes; nil for the home that it had, or the usual one under a new name.
    public var home: String?

    public init(
        archive: String,
        registry: InstanceRegistry,
        passphrase: String? = nil,
        newName: String? = nil,
        home: String? = nil
    ) {
        self.archive = archive
        self.registry = registry
        self.passphrase = passphrase
        self.newName = newName
        self.home = home
    }

    /// What was restored, and what a person should know of it.
    public struct Outcome: Sendable {
        public var record: InstanceRecord
        public var notices: [String]
    }

    /// What an archive holds, after a look at every byte of it.
    ///
    /// - Throws: ``BackupError``.
    public static func manifest(of archive: String) throws -> BackupManifest {
        let reader = ArchiveReader(path: archive)
        try reader.check()
        var manifest: BackupManifest?
        try reader.forEach { entry in
            guard entry.name == BackupManifest.entryName else { return }
            manifest = try BackupManifest(bytes: try entry.bytes(), path: archive)
        }
        guard let manifest else { throw BackupError.damaged(path: archive, reason: "it has no manifest") }
        return manifest
    }

    /// Restores one instance. What was extracted becomes an instance only as the last step: killed before, nothing
    /// counts as restored, and the same call completes it.
    ///
    /// - Parameter instance: from ``manifest(of:)``.
    /// - Throws: ``BackupError``, `InstanceError`.
    public func run(_ instance: BackupManifest.Instance) throws -> Outcome {
        let name = try InstanceName(newName ?? instance.name)
        if let taken = try registry.records().first(where: { $0.slug == name.slug }) {
            throw InstanceError.nameTaken(name.display, by: taken.name)
        }
        guard passphrase != nil || !instance.hasKey else { throw BackupError.passphraseMissing }
        let target = try absolutePath(
            home ?? (newName == nil ? instance.home : registry.paths.defaultHome(registry.kind, name.slug)),
            setting: "--home"
        )
        var notices: [String] = []
        let extracted = try extract(instance, to: target)
        var settings = extracted.settings
        settings.home = target
        settings.databaseFile = nil
        let kept = try registry.withoutTakenAddresses(settings.webListenPrefixes, of: name.slug)
        if kept != settings.webListenPrefixes {
            settings.webListenPrefixes = kept
            notices.append("its address was taken, so it listens on \(kept.map(\.description).joined(separator: ", "))")
        }
        let configuration = registry.paths.defaultConfigurationFile(registry.kind, name.slug)
        try Directories.make(registry.paths.configurationDirectory(registry.kind, name.slug), mode: 0o750)
        try DurableFile.write(settings.fileBytes, to: configuration, mode: 0o640)
        let secrets = InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: name.slug)
        if let key = extracted.masterKey {
            try secrets.restore(key)
        } else {
            notices.append(
                "its master key was not in the backup: put it into \(secrets.masterKeyFile) before it starts"
            )
        }
        let record = try registry.create(InstanceCreation(name: name.display, home: target))
        try DurableFile.remove("\(target)/\(Self.mark)")
        return Outcome(record: record, notices: notices)
    }

    /// In a home that was put in place but does not belong to a registered instance yet.
    private static let mark = ".skerry-restored"

    private struct Extracted {
        var settings: InstanceConfiguration
        var masterKey: [UInt8]?
    }

    private func extract(_ instance: BackupManifest.Instance, to home: String) throws -> Extracted {
        let isInPlace = DurableFile.exists("\(home)/\(Self.mark)")
        guard try isInPlace || Directories.names(in: home).isEmpty else { throw BackupError.homeInUse(path: home) }
        let staging = "\(home).restoring"
        try Directories.removeAll(staging)
        try Directories.make(staging, mode: 0o750)
        let folder = "\(instance.kind.rawValue)/\(instance.slug)"
        var settings: InstanceConfiguration?
        var masterKey: [UInt8]?
        try ArchiveReader(path: archive).forEach { entry in
            guard entry.name.hasPrefix("\(folder)/") else { return }
            let name = String(entry.name.dropFirst(folder.count + 1))
            switch name {
            case "config.json": settings = try InstanceConfiguration(bytes: try entry.bytes(), path: entry.name)
            case "key.json": masterKey = try openKey(try entry.bytes())
            case "database.db": try entry.write(to: "\(staging)/skerry.db")
            case _ where name.hasPrefix("home/"):
                let path = "\(staging)/\(name.dropFirst("home/".count))"
                try Directories.make(DurableFile.directory(of: path), mode: 0o750)
                // The database comes from its own copy.
                if path != "\(staging)/skerry.db" { try entry.write(to: path) }
            default: throw BackupError.damaged(path: archive, reason: "it holds an unknown \(entry.name)")
            }
        }
        guard let settings else { throw BackupError.damaged(path: archive, reason: "\(folder) has no configuration") }
        if isInPlace {
            try Directories.removeAll(staging)
        } else {
            try DurableFile.write([], to: "\(staging)/\(Self.mark)", mode: 0o600)
            Directories.removeEmpty(home)
            try Directories.move(staging, to: home)
        }
        return Extracted(settings: settings, masterKey: masterKey)
    }

    private func openKey(_ bytes: [UInt8]) throws -> [UInt8]? {
        guard let passphrase else { return nil }
        guard let json = try? JSON.parse(bytes), let wrapped = WrappedSecret(json: json) else {
            throw BackupError.damaged(path: archive, reason: "its master key cannot be read")
        }
        return try wrapped.open(passphrase: passphrase)
    }
}
