public import Instances

/// Brings all instances of a machine, servers and agents, to another version of Skerry, or leaves all of them as they
/// are.
///
/// Each step is written down before it is taken. Whatever fails takes back everything; when the process itself dies,
/// ``recover()`` does, from what was written.
public struct Upgrade: Sendable {
    public let paths: InstancePaths
    /// How long the start or the stop of one instance may take, in seconds.
    public let patience: Int
    let note: @Sendable (String) -> Void

    /// - Parameter note: is told of each step.
    public init(paths: InstancePaths, patience: Int = 60, note: @escaping @Sendable (String) -> Void) {
        self.paths = paths
        self.patience = patience
        self.note = note
    }

    private var versions: InstalledVersions { InstalledVersions(root: paths.programsRoot) }

    private var way: UpgradeWay { UpgradeWay(paths: paths, versions: versions, patience: patience, note: note) }

    /// What ``run(from:)`` would do; nothing is changed.
    ///
    /// - Parameter source: the directory of the new version, with `bin/skerry` in it.
    /// - Throws: ``UpgradeError/refused(_:isAboutRights:)``.
    public func preview(from source: String) async throws -> UpgradePlan {
        try await UpgradeCheck(source: source, paths: paths).plan()
    }

    /// - Throws: ``UpgradeError``; everything is as it was before then, but for ``UpgradeError/stuck(reason:back:)``.
    public func run(from source: String) async throws -> UpgradePlan { try await run(from: source) { _ in } }

    /// - Parameter begun: is told of each phase when it has been written down; tests stop the upgrade there.
    func run(from source: String, begun: (UpgradeJournal.Phase) throws -> Void) async throws -> UpgradePlan {
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        _ = try await recoverLocked()
        let plan = try await preview(from: source)
        var journal = plan.journal
        do {
            for phase in UpgradeJournal.Phase.allCases {
                journal.phase = phase
                try journal.write(paths)
                try begun(phase)
                try await way.take(journal, source)
            }
        } catch {
            throw try await takenBack(journal, error)
        }
        return plan
    }

    /// Takes back an upgrade whose process died, or completes one that had only to tidy up.
    ///
    /// - Returns: the version that runs now; nil when there was nothing to do.
    public func recover() async throws -> String? {
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        return try await recoverLocked()
    }

    private func recoverLocked() async throws -> String? {
        guard let journal = try UpgradeJournal.read(paths) else { return nil }
        guard journal.phase != .done else {
            try await way.take(journal, "")
            return journal.to
        }
        note("taking back an upgrade to \(journal.to) that was interrupted")
        do {
            try await way.back(journal)
        } catch {
            throw UpgradeError.stuck(reason: "interrupted", back: "\(error)")
        }
        return journal.from
    }

    private func takenBack(_ journal: UpgradeJournal, _ problem: any Error) async throws -> UpgradeError {
        // Past this point the new version runs and is well; what is left can be done at any time.
        if journal.phase == .done { return .step("tidy up after the upgrade", reason: "\(problem)") }
        note("failed: \(problem)")
        note("taking everything back")
        do {
            try await way.back(journal)
        } catch {
            return .stuck(reason: "\(problem)", back: "\(error)")
        }
        return .takenBack(version: journal.from ?? "none", reason: "\(problem)")
    }

    private func lock() throws -> FileLock {
        guard let lock = try FileLock.attempt("\(paths.runtimeRoot)/locks/upgrade.lock") else {
            throw UpgradeError.busy
        }
        return lock
    }
}
