extension InstanceRegistry {
    /// Refuses a configuration that needs what another registered instance has: a port, a home, a database.
    ///
    /// An instance whose own configuration cannot be read is passed over: it cannot run as it is.
    package func refuseConflicts(_ configuration: InstanceConfiguration, of slug: String) throws(InstanceError) {
        for other in try records() where other.slug != slug {
            if Directories.overlap(configuration.home, other.home) {
                throw .homeTaken(home: configuration.home, by: other.name, theirs: other.home)
            }
            guard let theirs = try? self.configuration(of: other) else { continue }
            for prefix in configuration.webListenPrefixes {
                if let taken = theirs.webListenPrefixes.first(where: { $0.collides(with: prefix) }) {
                    throw .portTaken(prefix: "\(prefix)", by: other.name, theirs: "\(taken)")
                }
            }
            if Directories.resolved(configuration.databasePath) == Directories.resolved(theirs.databasePath) {
                throw .databaseTaken(database: configuration.databasePath, by: other.name)
            }
        }
    }

    /// The addresses that no other instance has; when none is left, the first free one.
    package func withoutTakenAddresses(
        _ prefixes: [ListenPrefix],
        of slug: String
    ) throws(InstanceError) -> [ListenPrefix] {
        let taken = try records().filter { $0.slug != slug }
            .compactMap { try? self.configuration(of: $0) }.flatMap(\.webListenPrefixes)
        let free = prefixes.filter { prefix in !taken.contains { $0.collides(with: prefix) } }
        return free.isEmpty ? [try freePrefix(except: slug)] : free
    }

    /// The first port from 8065 on that no registered instance uses, for an instance that is created without one.
    func freePrefix(except slug: String) throws(InstanceError) -> ListenPrefix {
        let taken = try records().filter { $0.slug != slug }
            .compactMap { try? self.configuration(of: $0) }.flatMap(\.webListenPrefixes)
        var prefix = InstanceConfiguration.defaultPrefix
        while prefix.port < 65_535, taken.contains(where: { $0.collides(with: prefix) }) { prefix.port += 1 }
        return prefix
    }
}
