import Foundation
public import Instances

/// What an upgrade would do.
public struct UpgradePlan: Sendable, Hashable {
    /// Nil on a machine where no version is linked yet.
    public var from: String?
    public var to: String
    /// Names of the instances, and which of them run and would be restarted.
    public var instances: [String]
    public var restarted: [String]
    /// Whose instances stay as they are.
    public var others: [OtherUser]

    var journal: UpgradeJournal
}

/// Looks at everything that an upgrade needs, and changes nothing.
struct UpgradeCheck {
    let source: String
    let paths: InstancePaths

    private struct Findings {
        var problems: [String] = []
        var isAboutRights = false

        mutating func lacks(_ right: String) {
            problems.append(right)
            isAboutRights = true
        }
    }

    /// - Throws: ``UpgradeError/refused(_:isAboutRights:)`` with all that is in the way.
    func plan() async throws -> UpgradePlan {
        var findings = Findings()
        let versions = InstalledVersions(root: paths.programsRoot)
        let program = NewProgram(path: "\(source)/bin/skerry")
        let version = try await required { try await program.version() }
        let verdicts = try await required { try await program.selftest() }
        checkPlace(versions, version, &findings)
        var plan = UpgradePlan(
            from: versions.current,
            to: version,
            instances: [],
            restarted: [],
            others: OtherUser.all(paths),
            journal: UpgradeJournal(
                phase: .copying,
                from: versions.current,
                to: version,
                wasInstalled: DurableFile.exists(versions.directory(version)),
                items: []
            )
        )
        for kind in InstanceKind.allCases {
            let registry = InstanceRegistry(paths: paths, kind: kind)
            for record in try registry.records() {
                let verdict = verdicts.first { $0.kind == kind && $0.slug == record.slug }
                check(record, registry, verdict, &findings)
                let isRunning = registry.isRunning(record.slug)
                plan.instances.append(record.name)
                if isRunning { plan.restarted.append(record.name) }
                plan.journal.items.append(
                    .init(kind: kind, slug: record.slug, wasRunning: isRunning, pending: verdict?.pending ?? 0)
                )
            }
        }
        plan.journal.companions = Companion.all.filter { $0.isRunning(paths) }
        for companion in plan.journal.companions {
            if let obstacle = try CompanionRenewal.obstacle(companion, paths) { findings.problems.append(obstacle) }
        }
        guard findings.problems.isEmpty else {
            throw UpgradeError.refused(findings.problems, isAboutRights: findings.isAboutRights)
        }
        return plan
    }

    private func required<Value>(_ ask: () async throws -> Value) async throws -> Value {
        do {
            return try await ask()
        } catch {
            throw UpgradeError.refused(["the new version does not work here. \(error)"], isAboutRights: false)
        }
    }

    private func checkPlace(_ versions: InstalledVersions, _ version: String, _ findings: inout Findings) {
        if versions.current == version { findings.problems.append("version \(version) is what runs here already") }
        let place = nearestExisting(versions.root)
        if access(place, W_OK) != 0 { findings.lacks("you may not write to \(place)") }
        let needed = size(of: source) + (8 << 20)
        let free = freeSpace(at: place)
        if free < needed {
            findings.problems.append("\(place) has \(free >> 20) MB free, and \(needed >> 20) MB are needed")
        }
    }

    private func check(
        _ record: InstanceRecord,
        _ registry: InstanceRegistry,
        _ verdict: NewProgram.Verdict?,
        _ findings: inout Findings
    ) {
        let name = "the \(registry.kind.rawValue) instance \"\(record.name)\""
        guard let verdict else {
            findings.problems.append("\(name): the new version does not know it")
            return
        }
        if let problem = verdict.problem { findings.problems.append("\(name): \(problem)") }
        let isMine = geteuid() == 0 || record.user == InstanceRegistry.currentUser
        if !isMine || access(record.home, W_OK) != 0 {
            findings.lacks("\(name) belongs to \(record.user), and you may not stop, change and start it")
        }
        checkService(name, record, registry, &findings)
        guard verdict.pending > 0, let database = Self.database(of: record, registry) else { return }
        let needed = 2 * size(of: database) + (8 << 20)
        let free = freeSpace(at: record.home)
        if free < needed {
            findings.problems.append(
                "\(name): \(record.home) has \(free >> 20) MB free, and \(needed >> 20) MB are needed to save its database"
            )
        }
    }

    private func checkService(
        _ name: String,
        _ record: InstanceRecord,
        _ registry: InstanceRegistry,
        _ findings: inout Findings
    ) {
        guard registry.isRunning(record.slug) else { return }
        let isInstalled = (try? ServiceManagers.standard(for: registry).isInstalled(record)) ?? false
        guard !isInstalled else { return }
        let process = registry.runState(record.slug)?.processID
        findings.problems.append(
            "\(name) was started by hand\(process.map { " (process \($0))" } ?? ""), so it could not be started again: stop it, "
                + "or give it a service"
        )
    }

    static func database(of record: InstanceRecord, _ registry: InstanceRegistry) -> String? {
        guard registry.kind == .server, let path = try? registry.configuration(of: record).databasePath,
            DurableFile.exists(path)
        else { return nil }
        return path
    }

    private func nearestExisting(_ path: String) -> String {
        DurableFile.exists(path) || path == "/" ? path : nearestExisting(DurableFile.directory(of: path))
    }

    private func freeSpace(at path: String) -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return .max }
        return Int(clamping: UInt64(status.f_bavail)) * Int(clamping: UInt64(status.f_frsize))
    }

    /// Bytes of a file, or of all files below a directory.
    private func size(of path: String) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { return 0 }
        guard let names = FileManager.default.enumerator(atPath: path) else { return Int(status.st_size) }
        var sum = 0
        for case let name as String in names where stat("\(path)/\(name)", &status) == 0 { sum += Int(status.st_size) }
        return max(sum, Int(status.st_size))
    }
}
