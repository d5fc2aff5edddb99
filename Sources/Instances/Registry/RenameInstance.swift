extension InstanceRegistry {
    /// Gives an instance another name. Its files follow, but for the home, which stays where it is.
    ///
    /// Killed in the middle, the same call again completes it: each step first looks whether it is done.
    /// - Throws: ``InstanceError/nameTaken(_:by:)``, ``InstanceError/alreadyRunning(name:processID:addresses:)``.
    public func rename(_ record: InstanceRecord, to text: String) throws(InstanceError) -> InstanceRecord {
        let name = try InstanceName(text)
        return try changing { () throws(InstanceError) in
            let current = try renamable(record, to: name)
            var renamed = current
            renamed.name = name.display
            renamed.slug = name.slug
            guard name.slug != current.slug else {
                try write(renamed)
                return renamed
            }
            let before = paths.configurationDirectory(kind, current.slug)
            let after = paths.configurationDirectory(kind, name.slug)
            if current.configurationFile.hasPrefix("\(before)/") {
                renamed.configurationFile = after + current.configurationFile.dropFirst(before.count)
            }
            try Directories.move(before, to: after)
            try Directories.move(paths.logDirectory(kind, current.slug), to: paths.logDirectory(kind, name.slug))
            try InstanceHome(path: current.home).remark(from: current.slug, as: name.slug)
            try write(renamed)
            try DurableFile.remove(paths.recordFile(kind, current.slug))
            try Directories.removeAll(paths.runtimeDirectory(kind, current.slug))
            renamed.isDefault = current.isDefault
            return renamed
        }
    }

    /// Throws what ``rename(_:to:)`` would throw, and changes nothing.
    public func checkRename(_ record: InstanceRecord, to text: String) throws(InstanceError) {
        _ = try renamable(record, to: InstanceName(text))
    }

    private func renamable(_ record: InstanceRecord, to name: InstanceName) throws(InstanceError) -> InstanceRecord {
        let records = try records()
        let current = try find(record.slug, in: records)
        try refuseWhileRunning(current)
        if DurableFile.exists(serviceFile(current.slug)), name.slug != current.slug {
            throw .badSetting(
                setting: "--new-name",
                problem: "the instance has a service, which is named after it. Remove it first with "
                    + "\(Program.name) service --uninstall --instance \(quoted(current.name)), and install it again afterwards."
            )
        }
        if name.slug != current.slug, let taken = records.first(where: { $0.slug == name.slug }),
            !isContinued(from: current, by: taken)
        {
            throw .nameTaken(name.display, by: taken.name)
        }
        return current
    }

    /// Whether an entry was written by a rename that was cut off before it removed the old one.
    private func isContinued(from old: InstanceRecord, by new: InstanceRecord) -> Bool {
        new.home == old.home && !DurableFile.exists(paths.configurationDirectory(kind, old.slug))
    }

    /// Removes an instance from the registry and touches nothing else, for one whose files are gone or moved away.
    ///
    /// - Returns: the places that are left.
    public func forget(_ record: InstanceRecord) throws(InstanceError) -> [String] {
        try changing { () throws(InstanceError) in
            let current = try find(record.slug, in: try records())
            try refuseWhileRunning(current)
            try DurableFile.remove(paths.recordFile(kind, current.slug))
            return [
                current.configurationFile, paths.secretsDirectory(kind, current.slug), current.home,
                paths.logDirectory(kind, current.slug),
            ].filter(DurableFile.exists)
        }
    }
}
