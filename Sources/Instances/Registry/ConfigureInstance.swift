extension InstanceRegistry {
    /// Changes an instance's configuration file. Everything is checked before anything is written.
    ///
    /// - Returns: the configuration as it is now.
    /// - Throws: ``InstanceError``: what is wrong with the settings, or which instance they collide with.
    public func configure(
        _ record: InstanceRecord,
        _ changes: ConfigurationChanges
    ) throws(InstanceError) -> InstanceConfiguration {
        try changing { () throws(InstanceError) in
            var current = try find(record.slug, in: try records())
            let before = try configuration(of: current)
            let after = try changes.applied(to: before, path: current.configurationFile)
            guard after != before else { return before }
            if after.home != before.home {
                try refuseWhileRunning(current)
                guard after.home != "/" else {
                    throw .badSetting(setting: "--home", problem: "/ cannot be the home of an instance.")
                }
            }
            try refuseConflicts(after, of: current.slug)
            if after.home != before.home { try InstanceHome(path: after.home).prepare(slug: current.slug) }
            try DurableFile.write(after.fileBytes, to: current.configurationFile, mode: 0o640)
            if current.home != after.home {
                current.home = after.home
                try write(current)
            }
            return after
        }
    }
}
