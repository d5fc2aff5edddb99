import Instances

/// The steps of an upgrade, and the way back.
struct UpgradeWay: Sendable {
    let paths: InstancePaths
    let versions: InstalledVersions
    let patience: Int
    let note: @Sendable (String) -> Void

    /// Takes the step that a journal names.
    func take(_ journal: UpgradeJournal, _ source: String) async throws {
        switch journal.phase {
        case .copying:
            guard !journal.wasInstalled || source != versions.directory(journal.to) else { return }
            note("copying version \(journal.to)")
            try versions.install(journal.to, from: source)
        case .stopping:
            for item in journal.items where item.wasRunning { try await stop(item) }
        case .saving:
            for database in databases(journal) { try await database.save() }
        case .migrating:
            for item in journal.items where item.pending > 0 {
                note("\(item.slug): migrating the database")
                try await NewProgram(path: versions.program(journal.to)).migrate(item.slug)
            }
        case .switching: try versions.activate(journal.to)
        case .starting:
            try await renewCompanions(journal, to: journal.to)
            try await start(journal, version: journal.to)
            for companion in journal.companions where !companion.isRunning(paths) {
                throw UpgradeError.step("go on with \(companion.name)", reason: "it ended again")
            }
        case .done:
            for database in databases(journal) { try database.forget() }
            try versions.prune(keeping: Set([journal.from, journal.to].compactMap(\.self)))
            try UpgradeJournal.remove(paths)
        }
    }

    /// Makes everything as it was. Every step may have been taken, half taken, or not at all.
    func back(_ journal: UpgradeJournal) async throws {
        if journal.phase != .copying {
            for item in journal.items where registry(item).isRunning(item.slug) { try await stop(item) }
            for database in databases(journal) { try database.putBack() }
        }
        try versions.activate(journal.from)
        // Before anything is started: on a full disk this makes room.
        if !journal.wasInstalled { try versions.remove(journal.to) }
        if journal.phase != .copying {
            if let from = journal.from { try await renewCompanions(journal, to: from) }
            try await start(journal, version: nil)
        }
        try UpgradeJournal.remove(paths)
    }

    private func registry(_ item: UpgradeJournal.Item) -> InstanceRegistry {
        InstanceRegistry(paths: paths, kind: item.kind)
    }

    private func record(_ item: UpgradeJournal.Item) throws -> InstanceRecord {
        try registry(item).resolve(option: item.slug, variable: nil).record
    }

    private func databases(_ journal: UpgradeJournal) -> [SavedDatabase] {
        journal.items.filter { $0.pending > 0 }.compactMap { item in
            (try? record(item)).flatMap { UpgradeCheck.database(of: $0, registry(item)) }.map(SavedDatabase.init)
        }
    }

    private func control(_ item: UpgradeJournal.Item) throws -> ServiceControl {
        let registry = registry(item)
        return ServiceControl(
            registry: registry,
            // What this process calls its own is the version before.
            manager: try ServiceManagers.standard(for: registry, programs: programs),
            patience: patience
        )
    }

    /// The programs of the version that the link names.
    private var programs: String? { versions.current == nil ? nil : "\(versions.link)/bin" }

    private func renewCompanions(_ journal: UpgradeJournal, to version: String) async throws {
        guard let programs else { return }
        let renewal = CompanionRenewal(paths: paths, programs: programs, patience: patience)
        for companion in journal.companions {
            note("\(companion.name): restarting")
            try await renewal.renew(companion, to: version)
        }
    }

    private func stop(_ item: UpgradeJournal.Item) async throws {
        note("\(item.slug): stopping")
        _ = try await control(item).perform(.stop, try record(item))
    }

    /// Starts exactly those that ran, the first one as a canary before the others.
    private func start(_ journal: UpgradeJournal, version: String?) async throws {
        let items = journal.items.filter(\.wasRunning)
        for item in items {
            note("\(item.slug): starting")
            _ = try await control(item).perform(.start, try record(item))
            try check(item, version)
        }
        // One that ended meanwhile is not well, even if it was ready once.
        for item in items { try check(item, version) }
    }

    private func check(_ item: UpgradeJournal.Item, _ version: String?) throws {
        guard let state = registry(item).runState(item.slug), state.isReady else {
            throw UpgradeError.step("go on with \(item.slug)", reason: "it ended again")
        }
        guard let version, state.version != version else { return }
        throw UpgradeError.step(
            "go on with \(item.slug)",
            reason: "it runs version \(state.version): its service does not use \(versions.link). Renew it from there: "
                + "\(versions.link)/bin/skerry service --reconfigure, and let skerry supervise run from there"
        )
    }
}
