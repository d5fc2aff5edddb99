import Foundation

/// Looks for the faults that instances most likely have. It changes nothing.
public struct Examination: Sendable {
    /// What is known of a database without opening it for work.
    public enum Database: Sendable, Hashable {
        /// The schema's number; 0 for an empty database.
        case schema(Int)
        case damaged(String)
    }

    public let registry: InstanceRegistry
    let manager: any ServiceManager
    /// Of the program that looks.
    let version: String
    let newestSchema: Int
    let database: @Sendable (_ path: String) async -> Database
    /// The time that it is.
    var now = Date.now
    /// No honest clock is before this: the day when this check was written.
    static let earliest = Date(timeIntervalSince1970: 1_767_225_600)
    /// A disk with less is nearly full: 512 MiB.
    var leastFreeBytes = 512 << 20

    /// - Parameters:
    ///   - version: of this program.
    ///   - newestSchema: the newest schema of a database that it can open.
    ///   - database: looks at an instance's database file.
    public init(
        registry: InstanceRegistry,
        manager: any ServiceManager,
        version: String,
        newestSchema: Int,
        database: @escaping @Sendable (String) async -> Database
    ) {
        self.registry = registry
        self.manager = manager
        self.version = version
        self.newestSchema = newestSchema
        self.database = database
    }

    var paths: InstancePaths { registry.paths }
    var kind: InstanceKind { registry.kind }
    var program: String { kind.program }

    /// What is wrong with the machine and with some instances.
    ///
    /// - Parameter slugs: of the instances to look at; nil for all.
    public func findings(of slugs: Set<String>? = nil) async -> [Finding] {
        var records: [InstanceRecord] = []
        var findings = machine(&records)
        for record in records where slugs?.contains(record.slug) ?? true { findings += await instance(record) }
        return findings
    }

    private func machine(_ records: inout [InstanceRecord]) -> [Finding] {
        var findings: [Finding] = []
        if now < Self.earliest {
            findings.append(
                Finding(
                    fault: .clockWrong,
                    message: "The clock of this machine says \(now.formatted(.iso8601)), which is long past",
                    advice: "Set it, for example with: timedatectl set-ntp true"
                )
            )
        }
        records = registry.readableRecords { path, reason in
            findings.append(
                Finding(
                    fault: .registryDamaged,
                    message: "The registry's entry \(path) cannot be used: \(reason)",
                    advice: "Put it back from a backup, or remove the file and register the instance again: "
                        + "\(program) create-instance --instance NAME --config FILE"
                )
            )
        }
        findings += locks() + keepers(records) + otherUsers()
        if records.count > 1, !records.contains(where: \.isDefault) {
            findings.append(
                Finding(
                    fault: .defaultMissing,
                    message: "There are \(records.count) instances and none is the default",
                    advice: "Choose one: \(program) set-default-instance --instance \(records[0].slug)"
                )
            )
        }
        return findings
    }

    /// What users keep for themselves goes on as it was when the machine gets another version.
    private func otherUsers() -> [Finding] {
        OtherUser.all(paths).flatMap { user in
            user.instances.filter { $0.kind == kind && $0.version.map { $0 != version } ?? false }.map { instance in
                Finding(
                    fault: .oldProgram,
                    message: "The \(kind.rawValue) \"\(instance.name)\" of the user \(user.name) runs version "
                        + "\(instance.version ?? ""), and \(version) is installed",
                    advice:
                        "Let that user restart it: \(user.restart(instance)). Programs of their own are renewed "
                        + "with skerry upgrade"
                )
            }
        }
    }

    private func locks() -> [Finding] {
        guard FileLock.isHeld(paths.registryLockFile) else { return [] }
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .seconds(2) {
            if !FileLock.isHeld(paths.registryLockFile) { return [] }
            usleep(50_000)
        }
        return [
            Finding(
                fault: .lockHeld,
                message: "Another command holds the lock of the registry and does not let go of it",
                advice: "See who it is with: fuser \(paths.registryLockFile)"
            )
        ]
    }

    private func keepers(_ records: [InstanceRecord]) -> [Finding] {
        var findings: [Finding] = []
        let wanted = records.filter { ((try? ServiceFile.read($0.slug, in: registry)) ?? nil)?.isWanted == true }
        if manager is SupervisedServices, let first = wanted.first, !Companion.supervisor(kind).isRunning(paths) {
            findings.append(
                Finding(
                    fault: .supervisorMissing,
                    message: "\(wanted.count) instances are to be kept running and no supervisor runs",
                    advice: "Start it: \(program) supervise, or \(program) service --start --instance \(first.slug)"
                )
            )
        }
        guard kind == .server, let plan = try? registry.frontDoorPlan(), !registry.hasFrontDoor else { return findings }
        let waiting = plan.routes.filter { registry.isRunning($0.slug) && !LivePorts.isTaken($0.prefix) }
        if let first = waiting.first {
            findings.append(
                Finding(
                    fault: .frontDoorMissing,
                    message: "Nobody listens at \(first.prefix), which is shared, although \(first.name) runs",
                    advice: "Start the front door: skerry front-door, or let nginx do it: skerry front-door nginx"
                )
            )
        }
        return findings
    }
}

extension InstanceRegistry {
    /// The entries that can be used; the others are told of.
    func readableRecords(_ damaged: (_ path: String, _ reason: String) -> Void) -> [InstanceRecord] {
        do throws(InstanceError) {
            return try records()
        } catch {
            var readable: [InstanceRecord] = []
            let names = (try? Directories.names(in: paths.registryDirectory(kind))) ?? []
            for name in names where name.hasSuffix(".json") && !name.hasPrefix(".") {
                let slug = String(name.dropLast(".json".count))
                let path = paths.recordFile(kind, slug)
                do throws(InstanceError) {
                    guard let bytes = try DurableFile.read(path) else { continue }
                    readable.append(try InstanceRecord(bytes: bytes, path: path, slug: slug))
                } catch .broken(_, _, let reason) {
                    damaged(path, "it \(reason)")
                } catch {
                    damaged(path, "\(error)")
                }
            }
            if let highest = readable.map(\.defaultRank).max(), highest > 0 {
                for index in readable.indices { readable[index].isDefault = readable[index].defaultRank == highest }
            }
            return readable
        }
    }
}
