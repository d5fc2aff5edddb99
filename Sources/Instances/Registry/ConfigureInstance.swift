extension InstanceRegistry {
    /// Changes a server instance's configuration file. Everything is checked before anything is written.
    ///
    /// - Parameter isDryRun: check, and write nothing.
    /// - Returns: the configuration as it is now, or would be.
    /// - Throws: ``InstanceError``: what is wrong with the settings, or what they collide with.
    public func configure(
        _ record: InstanceRecord,
        _ changes: ConfigurationChanges,
        isDryRun: Bool = false
    ) throws(InstanceError) -> InstanceConfiguration {
        try change(record, isDryRun, read: configuration, settings: InstanceSettings.server) {
            (before, path) throws(InstanceError) in
            try changes.applied(to: before, path: path)
        }
    }

    /// Changes an agent's configuration file, as ``configure(_:_:isDryRun:)-server`` does a server's.
    public func configure(
        _ record: InstanceRecord,
        _ changes: AgentChanges,
        isDryRun: Bool = false
    ) throws(InstanceError) -> AgentConfiguration {
        try change(record, isDryRun, read: agentConfiguration, settings: InstanceSettings.agent) {
            (before, _) throws(InstanceError) in
            try changes.applied(to: before)
        }
    }

    private func change<Configuration: Equatable>(
        _ record: InstanceRecord,
        _ isDryRun: Bool,
        read: (InstanceRecord) throws(InstanceError) -> Configuration,
        settings: (Configuration) -> InstanceSettings,
        edit: (Configuration, _ path: String) throws(InstanceError) -> Configuration
    ) throws(InstanceError) -> Configuration {
        try changing { () throws(InstanceError) in
            let current = try find(record.slug, in: try records())
            let before = try read(current)
            let after = try edit(before, current.configurationFile)
            if after != before { try write(settings(after), over: settings(before), current, isDryRun) }
            return after
        }
    }

    private func write(
        _ after: InstanceSettings,
        over before: InstanceSettings,
        _ record: InstanceRecord,
        _ isDryRun: Bool
    ) throws(InstanceError) {
        if after.home != before.home {
            try refuseWhileRunning(record)
            guard after.home != "/" else {
                throw .badSetting(setting: "--home", problem: "/ cannot be the home of an instance.")
            }
        }
        try refuseConflicts(after, of: record.slug)
        try refuseLivePorts(after, before: before, of: record.slug)
        guard !isDryRun else { return }
        if after.home != before.home { try InstanceHome(path: after.home).prepare(slug: record.slug) }
        try DurableFile.write(after.fileBytes, to: record.configurationFile, mode: 0o640)
        try AccountAccess(registry: self, record: record).giveBack(record.configurationFile)
        if record.home != after.home {
            var moved = record
            moved.home = after.home
            try write(moved)
        }
    }
}
