import ArgumentParser
import Catalog
import Foundation
import Instances
import Subprocess
import SystemPackage
import Upgrade

struct UpgradeCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Bring all instances of this machine, servers and agents, to another version, or none of them.",
        discussion: """
            First everything is looked at, and nothing touched, when something is in the way: rights over every \
            instance, disk, whether the new version starts and could run each instance. Then the new version is copied \
            beside the old one (/opt/skerry/VERSION), exactly the instances that run are stopped, databases are saved \
            and migrated, one link (/opt/skerry/current) is switched, and exactly those instances are started. When any \
            step fails, or this command is killed, everything is taken back and runs at the old version as before.

            Instances that ordinary users of the machine keep for themselves are not touched, but named, with what those \
            users have to do.

            After a power cut in the middle: skerry upgrade --recover.

            Examples:
              skerry upgrade /tmp/skerry-2026.2.0 --dry-run
              skerry upgrade /tmp/skerry-2026.2.0
            """
    )

    @Argument(help: ArgumentHelp("The directory of the new version, with bin/skerry in it.", valueName: "dir"))
    var source: String?

    @Flag(help: "Take back an upgrade that was interrupted.") var recover = false

    @Option(help: ArgumentHelp("How long the start or stop of an instance may take.", valueName: "seconds"))
    var timeout = 60

    /// The process that does the work; the other one watches it.
    @Flag(help: .hidden) var worker = false

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...3_600).contains(timeout) else { throw ValidationError("--timeout takes 1 to 3600 seconds.") }
        if (source == nil) != recover { throw ValidationError("Give the directory of the new version, or --recover.") }
    }

    func perform() async throws -> CommandResult {
        let upgrade = Upgrade(paths: try InstancePaths.current(), patience: timeout) { Console.note($0) }
        do {
            guard let source else { return try await recovered(upgrade) }
            let directory = URL(filePath: source).standardizedFileURL.path
            if dryRun.isOn { return try result(try await upgrade.preview(from: directory), isDryRun: true) }
            if worker { return try result(try await upgrade.run(from: directory), isDryRun: false) }
            return try await watched(directory, upgrade)
        } catch UpgradeError.refused(let problems, isAboutRights: true) {
            throw CommandFailure(.permission, "\(UpgradeError.refused(problems, isAboutRights: true))")
        }
    }

    private func recovered(_ upgrade: Upgrade) async throws -> CommandResult {
        guard let version = try await upgrade.recover() else {
            return CommandResult(message: "No upgrade was interrupted.")
        }
        return CommandResult(message: "Everything is at version \(version) again.")
    }

    private func result(_ plan: UpgradePlan, isDryRun: Bool) throws -> CommandResult {
        let verb = isDryRun ? "Would upgrade" : "Upgraded"
        let from = plan.from.map { " from \($0)" } ?? ""
        for user in plan.others { try tell(user, plan.to) }
        let restarted = plan.restarted.isEmpty ? "none runs" : "restarted: \(plan.restarted.joined(separator: ", "))"
        return CommandResult(
            message:
                "\(verb)\(from) to \(plan.to): \(Console.counted(plan.instances.count, "instance")), \(restarted).",
            instances: plan.instances.map { .init(name: $0) },
            data: [
                "from": plan.from.map(JSON.string) ?? .null, "to": .string(plan.to),
                "restarted": JSON(plan.restarted), "dryRun": .bool(isDryRun),
                "otherUsers": .array(plan.others.map(Self.json)),
            ]
        )
    }

    private func tell(_ user: OtherUser, _ version: String) throws {
        var lines = [
            "note: \(user.name) has instances of their own, which an upgrade of the machine leaves as they are: \(user.list)."
        ]
        let restarts = user.instances.filter { $0.version != nil }.map(user.restart)
        if !restarts.isEmpty {
            lines.append("  To let those that run have \(version) afterwards: \(restarts.joined(separator: "; "))")
        }
        let programs = "\(try InstancePaths.current().programsRoot)/\(version)"
        lines.append("  Where they run programs of their own: \(user.line("skerry", "upgrade \(programs)"))")
        Console.note(lines.joined(separator: "\n"))
    }

    private static func json(_ user: OtherUser) -> JSON {
        let instances = user.instances.map { instance -> JSON in
            [
                "kind": .string(instance.kind.rawValue), "name": .string(instance.name),
                "version": instance.version.map(JSON.string) ?? .null,
            ]
        }
        return ["user": .string(user.name), "instances": .array(instances)]
    }

    /// Does the work in a process of its own, in a session of its own: what kills it, or the terminal, is seen from here.
    private func watched(_ directory: String, _ upgrade: Upgrade) async throws -> CommandResult {
        var options = PlatformOptions()
        options.createSession = true
        let result = try await Subprocess.run(
            .path(FilePath(ServiceManagers.executable)),
            arguments: ["upgrade", directory, "--worker", "--json", "--timeout", "\(timeout)"],
            workingDirectory: "/",
            platformOptions: options,
            output: .string(limit: 4 << 20),
            error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
        )
        guard let answer = try? JSON.parse(Array(result.standardOutput.utf8)), let code = answer["code"]?.intValue
        else {
            Console.note("the upgrade was interrupted (\(result.terminationStatus))")
            let version = try await upgrade.recover()
            let state = version.map { "everything is at version \($0) as before" } ?? "nothing had been changed"
            throw CommandFailure(.failed, "The upgrade was killed; \(state).")
        }
        let message = answer["message"]?.stringValue ?? ""
        guard code == 0 else { throw CommandFailure(code: Int32(code), message: message) }
        return CommandResult(
            message: message,
            instances: (answer["instances"]?.arrayValue ?? [])
                .compactMap { instance in instance["name"]?.stringValue.map { .init(name: $0) } },
            data: answer["data"] ?? .null
        )
    }
}
