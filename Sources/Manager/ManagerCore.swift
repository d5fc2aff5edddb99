import Catalog
import Foundation
public import Instances

/// What all fronts of the manager are made of: what there is, what can be done with it, and the work that is done.
public struct ManagerCore: Sendable {
    let runner: CommandRunner
    let paths: InstancePaths
    /// Of this program.
    let version: String
    let jobs: Jobs

    /// - Parameters:
    ///   - paths: where the instances of this user are.
    ///   - version: of this program.
    public init(runner: CommandRunner, paths: InstancePaths, version: String) {
        self.runner = runner
        self.paths = paths
        self.version = version
        jobs = Jobs(paths: paths, runner: runner)
    }

    func machine() async throws -> Machine {
        var machine = try await Machine.read(runner, backupDirectory: "\(paths.stateRoot)/backups")
        machine.managerVersion = version
        return machine
    }

    func log(of instance: Machine.Instance) -> InstanceLog { InstanceLog(instance, paths: paths) }

    /// - Returns: the key, or why it cannot be had.
    func masterKey(of instance: Machine.Instance) async throws -> (key: String, problem: String?) {
        let (data, problem) = try await runner.ask(.server, ["show-master-key", "--instance", instance.slug])
        let key = data["MasterKey"]?.stringValue ?? data["masterKey"]?.stringValue ?? ""
        return (key, key.isEmpty ? problem : nil)
    }

    struct Finding: Sendable {
        var fault: String
        var isError: Bool
        var instance: String
        var message: String
        var advice: String
    }

    /// What is wrong with the instances, and why something could not be looked at.
    func doctor() async throws -> (findings: [Finding], problems: [String]) {
        async let servers = runner.ask(.server, ["doctor"])
        async let agents = runner.ask(.agent, ["doctor"])
        let answers = try await [servers, agents]
        let findings = answers.flatMap { $0.data.arrayValue ?? [] }.map { finding in
            func text(_ name: String) -> String { finding[name]?.stringValue ?? "" }
            return Finding(
                fault: text("fault"),
                isError: text("level") == "error",
                instance: text("instance"),
                message: text("message"),
                advice: text("advice")
            )
        }
        return (findings, answers.filter { $0.data.arrayValue == nil }.compactMap(\.problem))
    }

    /// What the command that matters says that it would do; those after it build on what it does.
    func check(_ plan: ManagedPlan) async throws -> (isFine: Bool, text: String) {
        guard plan.commands.indices.contains(plan.checked) else { return (true, "") }
        let command = plan.commands[plan.checked]
        let (isFine, text) = try await runner.check(command, instance: plan.instance, secrets: plan.secrets)
        let hidden = plan.secrets.reduce(text) { $1.value.isEmpty ? $0 : $0.replacing($1.value, with: "***") }
        return (isFine, hidden)
    }
}

// MARK: - Errands

extension ManagerCore {
    /// - Throws: ``Refusal``.
    func errand(_ name: InstanceErrand, of instance: Machine.Instance, in machine: Machine) async throws -> Errand {
        guard name.needsConfiguration else { return name.errand(for: instance, in: machine) }
        let (data, problem) = try await runner.ask(instance.kind, ["show-configuration", "--instance", instance.slug])
        if let problem { throw Refusal(problem) }
        return name.errand(for: instance, in: machine, configuration: data)
    }

    func errand(_ name: MachineErrand, in machine: Machine) async throws -> Errand {
        switch name {
        case .upgrade: MachineErrand.upgrade(ProgramVersions(paths), machine)
        case .recover: MachineErrand.recover()
        case .backup: MachineErrand.backup(machine)
        case .restore: try await restore(machine)
        case .schedule: try await schedule(machine)
        }
    }

    private func schedule(_ machine: Machine) async throws -> Errand {
        var now: [InstanceKind: JSON] = [:]
        var messages: [(String, String)] = []
        for kind in InstanceKind.allCases {
            let (answer, problem) = try await runner.say(kind, ["schedule-backups"])
            now[kind] = answer["data"]?.isNull == false ? answer["data"] : nil
            let message = now[kind] == nil ? "not scheduled" : answer["message"]?.stringValue ?? ""
            messages.append((kind == .server ? "Servers" : "Agents", problem ?? message))
        }
        return MachineErrand.schedule(now, directory: machine.backupDirectory, messages: messages)
    }

    private func restore(_ machine: Machine) async throws -> Errand {
        var directories = Set(machine.verifiedBackups.map(DurableFile.directory))
        directories.insert(machine.backupDirectory)
        for kind in InstanceKind.allCases {
            let scheduled = try await runner.ask(kind, ["schedule-backups"]).data["directory"]?.stringValue
            if let scheduled { directories.insert(scheduled) }
        }
        return MachineErrand.restore(ArchiveFile.all(in: directories, verified: machine.verifiedBackups)) { file in
            let (data, problem) = try await runner.ask(
                .server,
                ["restore", file, "--list"],
                patience: CommandRunner.longPatience
            )
            guard let held = data.arrayValue?.first, let name = held["name"]?.stringValue,
                let kind = held["kind"]?.stringValue.flatMap(InstanceKind.init)
            else { throw Refusal(problem ?? "\(file) does not say what it holds.") }
            return (kind, name, held["hasKey"] != false)
        }
    }
}
