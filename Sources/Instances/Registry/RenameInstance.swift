extension InstanceRegistry {
    /// Gives an instance another name. Its files follow, but for the home, which stays where it is. It has no service.
    ///
    /// Killed in the middle, the same call again completes it: each step first looks whether it is done.
    /// - Throws: ``InstanceError/nameTaken(_:by:)``, ``InstanceError/alreadyRunning(name:processID:addresses:stop:)``.
    func rename(_ record: InstanceRecord, to name: InstanceName) throws(InstanceError) -> InstanceRecord {
        try changing { () throws(InstanceError) in
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
    ///
    /// - Parameter isStopped: look at it as if it did not run, because it will be stopped first.
    func checkRename(_ record: InstanceRecord, to name: InstanceName, isStopped: Bool) throws(InstanceError) {
        _ = try renamable(record, to: name, isStopped: isStopped)
    }

    private func renamable(
        _ record: InstanceRecord,
        to name: InstanceName,
        isStopped: Bool = false
    ) throws(InstanceError) -> InstanceRecord {
        let records = try records()
        let current = try find(record.slug, in: records)
        // Its files stay where they are.
        guard name.slug != current.slug else { return current }
        if !isStopped { try refuseWhileRunning(current) }
        if let taken = records.first(where: { $0.slug == name.slug }), !isContinued(from: current, by: taken) {
            throw .nameTaken(name.display, by: taken.name)
        }
        return current
    }

    /// Writes down that the service of an instance is about to be removed for a rename, and what it was asked for, so
    /// that the rename can be completed from any moment on.
    func beginRename(
        _ record: InstanceRecord,
        to name: InstanceName,
        duty: ServiceDuty
    ) throws(InstanceError) -> InstanceRecord {
        try changing { () throws(InstanceError) in
            var current = try renamable(record, to: name, isStopped: true)
            current.renaming = Renaming(from: current.slug, to: name.display, duty: duty)
            try write(current)
            return current
        }
    }

    func endRename(_ record: InstanceRecord) throws(InstanceError) -> InstanceRecord {
        try changing { () throws(InstanceError) in
            var current = try find(record.slug, in: try records())
            current.renaming = nil
            try write(current)
            return current
        }
    }

    /// As ``resolve(option:variable:)``; and when there is no such instance any more, the one that a rename to the new
    /// name was cut off for.
    ///
    /// - Parameter newName: what the instance is to be called.
    public func resolveForRename(
        option: String?,
        variable: String?,
        to newName: String
    ) throws(InstanceError) -> ResolvedInstance {
        do throws(InstanceError) {
            return try resolve(option: option, variable: variable)
        } catch .unknown(let name, let registered) {
            let slugs = [name, newName].map { (try? InstanceName($0))?.slug ?? "" }
            let cut = try records().first { $0.renaming?.from == slugs[0] && $0.slug == slugs[1] }
            guard let cut else { throw .unknown(name: name, registered: registered) }
            return ResolvedInstance(record: cut)
        }
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
