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
    /// Whether nothing of its name was there before; nil to look.
    package var isNew: Bool?

    public init(name: String? = nil, configurationFile: String? = nil, home: String? = nil) {
        self.name = name
        self.configurationFile = configurationFile
        self.home = home
    }
}

/// The steps of a creation, in their order. The registry's entry is the last: before it, nothing counts as created, and
/// the same command run again finds what is there and completes it.
enum CreationStep: Int, Sendable, Hashable, CaseIterable {
    case directories, secrets, home, configuration, registered
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
            let isTakenBack = try takeBack(creation)
            let plan = try plan(creation)
            var record = plan.record
            let isFree = try isFree(record.slug, home: record.home) && !DurableFile.exists(record.configurationFile)
            record.isNew = creation.isNew ?? (isFree && !isTakenBack)
            try Directories.make(paths.configurationDirectory(kind, record.slug), mode: 0o750)
            try Directories.make(DurableFile.directory(of: record.configurationFile), mode: 0o750)
            try Directories.make(paths.logDirectory(kind, record.slug), mode: 0o750)
            try finished(.directories)
            if creation.makesMasterKey { try makeSecrets(record.slug) }
            try finished(.secrets)
            try InstanceHome(path: plan.settings.home).prepare(slug: record.slug)
            try finished(.home)
            try DurableFile.write(plan.settings.fileBytes, to: record.configurationFile, mode: 0o640)
            try finished(.configuration)
            try write(record)
            try finished(.registered)
            return record
        }
    }

    /// What ``create(_:)`` would make; looks and changes nothing.
    public func plan(
        _ creation: InstanceCreation
    ) throws(InstanceError) -> (record: InstanceRecord, settings: InstanceSettings) {
        let records = try records()
        let name = try newName(creation.name, records)
        let draft = try draft(creation, name)
        try refuseConflicts(draft.settings, of: name.slug)
        var record = InstanceRecord(
            name: name,
            defaultRank: records.isEmpty ? 1 : 0,
            configurationFile: draft.path,
            home: draft.settings.home,
            user: Self.currentUser
        )
        record.isDefault = records.isEmpty
        return (record, draft.settings)
    }

    /// Whether neither a home nor a configuration is there that an instance of this slug would take over.
    package func isFree(_ slug: String, home: String) throws(InstanceError) -> Bool {
        try Directories.names(in: home).isEmpty && !DurableFile.exists(paths.configurationDirectory(kind, slug))
    }

    /// Puts back what an instance of the same name left in the trash, so that the data that was kept can be used. Its old
    /// address goes when another instance has it by now.
    ///
    /// - Returns: whether it left anything.
    private func takeBack(_ creation: InstanceCreation) throws(InstanceError) -> Bool {
        let name = try newName(creation.name, try records())
        guard creation.makesMasterKey, creation.configurationFile == nil else { return false }
        var home = paths.defaultHome(kind, name.slug)
        if let given = creation.home { home = try absolutePath(given, setting: "--home") }
        let folder = paths.configurationDirectory(kind, name.slug)
        guard try Trash(paths: paths, kind: kind).takeBack(name.slug, home: home, to: folder) else { return false }
        do throws(InstanceError) {
            _ = try plan(creation)
        } catch {
            let file = paths.defaultConfigurationFile(kind, name.slug)
            try Directories.move(file, to: "\(file).deleted")
        }
        return true
    }

    /// A key that is there but cannot be used would make an instance that cannot start: it is read at once.
    private func makeSecrets(_ slug: String) throws(InstanceError) {
        switch kind {
        case .server:
            let secrets = InstanceSecrets(paths: paths, kind: kind, slug: slug)
            try secrets.makeMasterKey()
            _ = try secrets.masterKey()
        case .agent:
            let file = AgentIdentityFile(paths: paths, slug: slug)
            try file.makeOnce()
            _ = try file.read()
        }
    }

    private func newName(_ text: String?, _ records: [InstanceRecord]) throws(InstanceError) -> InstanceName {
        guard let text else {
            guard records.isEmpty else {
                throw .badSetting(
                    setting: "--instance",
                    problem: "further instances need a name: \(Program.name) create-instance --instance NAME."
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
    ) throws(InstanceError) -> (path: String, settings: InstanceSettings) {
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
        if var existing = try readSettings(path) {
            if creation.home != nil { existing.move(home: home) }
            return (path, existing)
        }
        let address = try freePrefix(except: name.slug)
        return (path, InstanceSettings(kind: kind, home: home, address: address))
    }

    package static var currentUser: String {
        guard let entry = getpwuid(geteuid()) else { return String(geteuid()) }
        return String(cString: entry.pointee.pw_name)
    }
}
