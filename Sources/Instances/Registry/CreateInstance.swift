import Foundation

/// What `create-instance` was asked for.
public struct InstanceCreation: Sendable, Hashable {
    /// The name of the first instance, when none is given.
    public static let firstName = "main"

    /// Nil makes the first instance, `main`.
    public var name: String?
    /// Where the configuration file is or will be; a valid one that is there is used.
    public var configurationFile: String?
    /// The directory for the instance's data.
    public var home: String?
    /// False for an instance whose key is kept elsewhere and has to be put into its place before it can start.
    package var makesMasterKey = true

    public init(name: String? = nil, configurationFile: String? = nil, home: String? = nil) {
        self.name = name
        self.configurationFile = configurationFile
        self.home = home
    }
}

/// The steps of a creation, in their order. The registry's entry is the last: before it, nothing counts as created, and
/// the same command run again finds what is there and completes it.
enum CreationStep: Int, Sendable, Hashable, CaseIterable {
    case directories, masterKey, home, configuration, registered
}

extension InstanceRegistry {
    /// Creates and registers an instance. Nothing of an existing file is lost: a valid configuration, a master key and
    /// data that are already there are taken over.
    public func create(_ creation: InstanceCreation) throws(InstanceError) -> InstanceRecord {
        try create(creation) { (_) throws(InstanceError) in }
    }

    /// - Parameter finished: is told of each step; tests stop the creation there.
    func create(
        _ creation: InstanceCreation,
        finished: (CreationStep) throws(InstanceError) -> Void
    ) throws(InstanceError) -> InstanceRecord {
        try changing { () throws(InstanceError) in
            let records = try records()
            let name = try newName(creation.name, records)
            let draft = try draft(creation, name)
            try refuseConflicts(draft.configuration, of: name.slug)
            let secrets = InstanceSecrets(paths: paths, kind: kind, slug: name.slug)

            try Directories.make(paths.configurationDirectory(kind, name.slug), mode: 0o750)
            try Directories.make(DurableFile.directory(of: draft.path), mode: 0o750)
            try Directories.make(paths.logDirectory(kind, name.slug), mode: 0o750)
            try finished(.directories)
            if creation.makesMasterKey {
                try secrets.makeMasterKey()
                // A key that is there but cannot be used would make an instance that cannot start.
                _ = try secrets.masterKey()
            }
            try finished(.masterKey)
            try InstanceHome(path: draft.configuration.home).prepare(slug: name.slug)
            try finished(.home)
            try DurableFile.write(draft.configuration.fileBytes, to: draft.path, mode: 0o640)
            try finished(.configuration)

            var record = InstanceRecord(
                name: name,
                defaultRank: records.isEmpty ? 1 : 0,
                configurationFile: draft.path,
                home: draft.configuration.home,
                user: Self.currentUser
            )
            try write(record)
            try finished(.registered)
            record.isDefault = records.isEmpty
            return record
        }
    }

    private func newName(_ text: String?, _ records: [InstanceRecord]) throws(InstanceError) -> InstanceName {
        guard let text else {
            guard records.isEmpty else {
                throw .badSetting(
                    setting: "--instance",
                    problem: "further instances need a name: skerry create-instance --instance NAME."
                )
            }
            return try InstanceName(InstanceCreation.firstName)
        }
        let name = try InstanceName(text)
        if let taken = records.first(where: { $0.slug == name.slug }) { throw .nameTaken(name.display, by: taken.name) }
        return name
    }

    /// The configuration to write: the one that is already in its place, or a new one.
    private func draft(
        _ creation: InstanceCreation,
        _ name: InstanceName
    ) throws(InstanceError) -> (path: String, configuration: InstanceConfiguration) {
        let path =
            if let given = creation.configurationFile { try absolutePath(given, setting: "--config") } else {
                paths.defaultConfigurationFile(kind, name.slug)
            }
        if let other = try records().first(where: {
            Directories.resolved($0.configurationFile) == Directories.resolved(path)
        }) {
            throw .badSetting(setting: "--config", problem: "\(path) is the configuration of \"\(other.name)\".")
        }
        var home = paths.defaultHome(kind, name.slug)
        if let given = creation.home { home = try absolutePath(given, setting: "--home") }
        guard home != "/" else { throw .badSetting(setting: "--home", problem: "/ cannot be the home of an instance.") }
        if var existing = try readConfiguration(path) {
            if creation.home != nil { existing.home = home }
            return (path, existing)
        }
        let prefix = try freePrefix(except: name.slug)
        return (path, InstanceConfiguration(home: home, webListenPrefixes: [prefix]))
    }

    static var currentUser: String {
        guard let entry = getpwuid(geteuid()) else { return String(geteuid()) }
        return String(cString: entry.pointee.pw_name)
    }
}
