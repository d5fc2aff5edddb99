extension InstanceRegistry {
    /// Every other instance of this machine, of both kinds, with its settings where these can be read.
    ///
    /// One whose own configuration cannot be read takes no ports: it cannot run as it is.
    private func others(than slug: String) throws(InstanceError) -> [(
        record: InstanceRecord, settings: InstanceSettings?
    )] {
        var others: [(InstanceRecord, InstanceSettings?)] = []
        for kind in InstanceKind.allCases {
            let registry = InstanceRegistry(paths: paths, kind: kind)
            for record in try registry.records() where kind != self.kind || record.slug != slug {
                others.append((record, try? registry.settings(of: record)))
            }
        }
        return others
    }

    /// Refuses settings that need what another registered instance has: a port, a home, a database, a directory for
    /// applications.
    package func refuseConflicts(_ settings: InstanceSettings, of slug: String) throws(InstanceError) {
        for (other, theirs) in try others(than: slug) {
            if Directories.overlap(settings.home, other.home) {
                throw .homeTaken(home: settings.home, by: other.name, theirs: other.home)
            }
            guard let theirs else { continue }
            for prefix in settings.addresses {
                let taken = theirs.addresses.first {
                    // Only servers can share a port: requests to an agent say nothing that tells two apart.
                    Self.areServers(settings, theirs) ? $0.collides(with: prefix) : $0.needsSameSocket(as: prefix)
                }
                if let taken {
                    throw .portTaken(prefix: "\(prefix)", by: other.name, theirs: "\(taken)")
                }
            }
            try Self.refuseSharedPlaces(settings, theirs, other)
        }
    }

    /// Refuses to open a database that another registered server has, by whatever path: a configuration may have been
    /// edited by hand.
    package func refuseSharedDatabase(_ path: String, of slug: String) throws(InstanceError) {
        for (other, theirs) in try others(than: slug) {
            guard case .server(let theirs)? = theirs, Directories.areSame(path, theirs.databasePath) else { continue }
            throw .databaseTaken(database: path, by: other.name)
        }
    }

    private static func refuseSharedPlaces(
        _ ours: InstanceSettings,
        _ theirs: InstanceSettings,
        _ other: InstanceRecord
    ) throws(InstanceError) {
        switch (ours, theirs) {
        case (.server(let ours), .server(let theirs)):
            if Directories.areSame(ours.databasePath, theirs.databasePath) {
                throw .databaseTaken(database: ours.databasePath, by: other.name)
            }
        case (.agent(let ours), .agent(let theirs)):
            if Directories.overlap(ours.applications, theirs.applications) {
                throw .applicationsTaken(directory: ours.applications, by: other.name, theirs: theirs.applications)
            }
        case (.agent(let ours), .server(let theirs)):
            if Directories.overlap(ours.applications, theirs.home) {
                throw .homeTaken(home: ours.applications, by: other.name, theirs: theirs.home)
            }
        case (.server(let ours), .agent(let theirs)):
            if Directories.overlap(ours.home, theirs.applications) {
                throw .homeTaken(home: ours.home, by: other.name, theirs: theirs.applications)
            }
        }
    }

    /// The addresses that no other instance has; when none is left, the first free one.
    package func withoutTakenAddresses(
        _ prefixes: [ListenPrefix],
        of slug: String
    ) throws(InstanceError) -> [ListenPrefix] {
        let taken = try others(than: slug).flatMap { $0.settings?.addresses ?? [] }
        if prefixes.isEmpty { return [] }
        let free = prefixes.filter { prefix in !taken.contains { $0.collides(with: prefix) } }
        return free.isEmpty ? [try freePrefix(except: slug)] : free
    }

    /// The first port that no registered instance has and nobody listens on now, for an instance that is created
    /// without one.
    func freePrefix(except slug: String) throws(InstanceError) -> ListenPrefix {
        let taken = try others(than: slug).flatMap { $0.settings?.addresses ?? [] }
        var prefix = InstanceSettings(kind: kind, home: "/", address: Self.firstAddress(kind)).addresses[0]
        while prefix.port < 65_535,
            taken.contains(where: { $0.needsSameSocket(as: prefix) }) || LivePorts.isTaken(prefix)
        {
            prefix.port += 1
        }
        return prefix
    }

    /// Refuses addresses that some program listens on now, but for those that the instance itself had before.
    func refuseLivePorts(
        _ settings: InstanceSettings,
        before: InstanceSettings,
        of slug: String
    ) throws(InstanceError) {
        let others = try others(than: slug).flatMap { $0.settings?.addresses ?? [] }
        // A shared port is the front door's, or nginx's, and may well be listened on.
        for prefix in settings.addresses where prefix.path.isEmpty {
            if (before.addresses + others).contains(where: { $0.needsSameSocket(as: prefix) }) { continue }
            if LivePorts.isTaken(prefix) { throw .portInUse(prefix: "\(prefix)") }
        }
    }

    /// Refuses addresses that an instance which does not exist yet could not have: another one has them, or a program
    /// listens there now.
    ///
    /// - Throws: ``InstanceError/portTaken(prefix:by:theirs:)``, ``InstanceError/portInUse(prefix:)``.
    public func checkAddresses(_ prefixes: [ListenPrefix]) throws(InstanceError) {
        var known: [ListenPrefix] = []
        for (other, theirs) in try others(than: "") {
            guard let theirs else { continue }
            let isServer = if case .server = theirs { kind == .server } else { false }
            for prefix in prefixes {
                let taken = theirs.addresses.first {
                    isServer ? $0.collides(with: prefix) : $0.needsSameSocket(as: prefix)
                }
                if let taken { throw .portTaken(prefix: "\(prefix)", by: other.name, theirs: "\(taken)") }
            }
            known += theirs.addresses
        }
        for prefix in prefixes where prefix.path.isEmpty && !known.contains(where: { $0.needsSameSocket(as: prefix) }) {
            if LivePorts.isTaken(prefix) { throw .portInUse(prefix: "\(prefix)") }
        }
    }

    private static func areServers(_ left: InstanceSettings, _ right: InstanceSettings) -> Bool {
        if case (.server, .server) = (left, right) { true } else { false }
    }

    private static func firstAddress(_ kind: InstanceKind) -> ListenPrefix {
        switch kind {
        case .server: InstanceConfiguration.defaultPrefix
        case .agent: ListenPrefix(isTLS: true, host: "*", port: AgentConfiguration.defaultPort)
        }
    }
}
