import Foundation
public import Instances
import Store

/// Puts an instance of an archive back: on the machine that it came from, or on another.
public struct BackupRestoring: Sendable {
    public var archive: BackupArchive
    public var registry: InstanceRegistry
    /// Opens the secrets; nil leaves them in the archive.
    public var passphrase: String?
    /// The name that the restored instance gets; nil keeps its own.
    public var newName: String?
    /// Where its data goes; nil for the home that it had, or the usual one under a new name.
    public var home: String?
    /// Make secrets that the archive lacks: for a new instance with an identity of its own.
    var makesSecrets = false
    /// What else than an archive is put back, for one who goes on with it: a clone is made of an archive that nobody keeps.
    var origin: String?
    /// False for a scratch place, which need not outlive a power cut.
    var isDurable = true

    public init(
        archive: BackupArchive,
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

    /// What was, or would be, restored, and what a person should know of it.
    public struct Outcome: Sendable {
        public var name: String
        public var slug: String
        public var home: String
        public var addresses: [String]
        public var notices: [String]
    }

    /// All that is known before anything is written.
    private struct Draft {
        var name: InstanceName
        var settings: InstanceSettings
        var secrets: [String: [UInt8]]?
        var notices: [String]

        var outcome: Outcome {
            Outcome(
                name: name.display,
                slug: name.slug,
                home: settings.home,
                addresses: settings.addresses.map(\.description),
                notices: notices
            )
        }
    }

    /// What ``run()`` would do; looks at everything that could be in its way and changes nothing.
    public func preview() throws -> Outcome { try draft().outcome }

    /// Restores one instance. What was extracted becomes an instance only as the last step: killed before, nothing
    /// counts as restored, and the same call completes it.
    ///
    /// - Throws: ``BackupError``, `InstanceError`.
    public func run() throws -> Outcome {
        if let done = try finishRegistered() { return done }
        var draft = try draft()
        let isNew = try registry.isFree(draft.name.slug, home: draft.settings.home)
        let home = restored(draft.settings.home)
        try home.fill(from: archive)
        try InstanceHome(path: draft.settings.home).own(slug: draft.name.slug)
        let configuration = registry.paths.defaultConfigurationFile(registry.kind, draft.name.slug)
        try Directories.make(registry.paths.configurationDirectory(registry.kind, draft.name.slug), mode: 0o750)
        try DurableFile.write(draft.settings.fileBytes, to: configuration, mode: 0o640)
        if let files = draft.secrets { try secrets(draft.name.slug).restore(files) }
        var creation = InstanceCreation(name: draft.name.display, home: draft.settings.home)
        creation.makesMasterKey = makesSecrets
        creation.isNew = isNew
        try Self.complete(try registry.create(creation), of: instance.user, home, registry, &draft.notices)
        return draft.outcome
    }

    private var instance: BackupManifest.Instance { archive.manifest.instance }

    private func restored(_ home: String) -> RestoredHome {
        RestoredHome(path: home, digest: archive.digest, origin: origin, isDurable: isDurable)
    }

    private func secrets(_ slug: String) -> InstanceSecrets {
        InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: slug)
    }

    private func draft() throws -> Draft {
        let name = try InstanceName(newName ?? instance.name)
        if let taken = try registry.records().first(where: { $0.slug == name.slug }) {
            let command = "\(registry.kind.program) delete-instance --instance \(taken.slug)"
            throw BackupError.nameTaken(name.display, by: taken.name, command: command)
        }
        guard instance.schema <= DocumentStore.newestSchema else {
            throw BackupError.newerDatabase(
                name: instance.name,
                version: archive.manifest.version,
                found: instance.schema,
                known: DocumentStore.newestSchema
            )
        }
        let content = try archive.settings(passphrase: passphrase)
        var draft = Draft(name: name, settings: content.settings, secrets: content.secrets, notices: [])
        let usual = registry.paths.defaultHome(registry.kind, name.slug)
        draft.settings.settle(
            home: try absolutePath(home ?? (newName == nil ? instance.home : usual), setting: "--home")
        )
        try settleAddresses(&draft)
        try settleApplications(&draft)
        try registry.refuseConflicts(draft.settings, of: name.slug)
        if let files = draft.secrets {
            try secrets(name.slug).refuseOthers(than: files)
        } else if !makesSecrets {
            let what = instance.kind == .server ? "master key" : "certificate"
            let directory = secrets(name.slug).directory
            draft.notices.append("its \(what) was not restored: put it into \(directory) before it starts")
        }
        try restored(draft.settings.home).check(for: instance)
        noteWhatIsMissing(&draft)
        return draft
    }

    private func settleAddresses(_ draft: inout Draft) throws {
        let kept = try registry.withoutTakenAddresses(draft.settings.addresses, of: draft.name.slug)
        guard kept != draft.settings.addresses else { return }
        let taken = draft.settings.addresses.filter { !kept.contains($0) }.map(\.description).joined(separator: ", ")
        draft.settings.listen(on: kept)
        draft.notices.append(
            "\(taken) is taken, so it listens on \(kept.map(\.description).joined(separator: ", "))"
        )
    }

    private func settleApplications(_ draft: inout Draft) throws {
        do throws(InstanceError) {
            try registry.refuseConflicts(draft.settings, of: draft.name.slug)
        } catch .applicationsTaken(let directory, let name, _) {
            draft.settings.keepApplicationsInHome()
            draft.notices.append(
                "its application directory \(directory) is that of \(name), so it gets one in its home"
            )
        }
    }

    private func noteWhatIsMissing(_ draft: inout Draft) {
        for file in draft.settings.foreignFiles where !DurableFile.exists(file) {
            draft.notices.append("\(file), which its HTTPS needs, is not on this machine")
        }
        if !instance.passedOver.isEmpty {
            draft.notices.append("not in the backup: \(instance.passedOver.prefix(10).joined(separator: ", "))")
        }
        if let account = account, !Account.exists(account) {
            draft.notices.append("its account \(account) is not on this machine, so it belongs to you")
        }
    }

    /// The account to hand the files to; nil when they stay with the one who restores.
    private var account: String? { Self.account(instance.user) }

    private static func account(_ user: String) -> String? {
        geteuid() == 0 && !user.isEmpty && user != "root" ? user : nil
    }

    /// A restore that was killed after the instance was registered.
    private func finishRegistered() throws -> Outcome? {
        let slug = try InstanceName(newName ?? instance.name).slug
        guard let record = try registry.records().first(where: { $0.slug == slug }) else { return nil }
        let home = restored(record.home)
        guard try home.isFilled() else { return nil }
        var notices: [String] = []
        try Self.complete(record, of: instance.user, home, registry, &notices)
        let addresses = try registry.settings(of: record).addresses.map(\.description)
        return Outcome(name: record.name, slug: slug, home: record.home, addresses: addresses, notices: notices)
    }

    /// What is left to do for an instance that is registered.
    ///
    /// - Parameter user: whose the original is.
    static func complete(
        _ record: InstanceRecord,
        of user: String,
        _ home: RestoredHome,
        _ registry: InstanceRegistry,
        _ notices: inout [String]
    ) throws {
        if let account = account(user), Account.exists(account) {
            _ = try registry.setUser(record, account, giveFiles: true)
            notices.append("it runs as \(account), as it did")
        }
        try home.forgetRestore()
    }
}
