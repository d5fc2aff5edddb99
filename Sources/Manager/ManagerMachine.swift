import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import Instances

/// The pages about the machine, and about work that was begun.
extension ManagerApplication {
    func addMachine(to router: Router<BasicRequestContext>) {
        router.get("/machine/:errand") { request, context in
            let machine = try await machine()
            return await show(try await errand(context, machine), request, machine)
        }
        router.post("/machine/:errand") { request, context in
            let fields = try await form(request)
            let machine = try await machine()
            return try await answer(try await errand(context, machine), fields, machine)
        }
        router.get("/doctor") { _, _ in
            async let servers = runner.ask(.server, ["doctor"])
            async let agents = runner.ask(.agent, ["doctor"])
            let answers = try await [servers, agents]
            return Reply.page(
                pages.doctor(
                    answers.flatMap { $0.data.arrayValue ?? [] },
                    problems: answers.filter { $0.data.arrayValue == nil }.compactMap(\.problem),
                    try await machine()
                )
            )
        }
        router.get("/jobs") { _, _ in Reply.page(pages.jobs(try await jobs.all(), try await machine())) }
        router.get("/jobs/:id") { _, context in
            guard let job = await jobs.shown(context.parameters.get("id") ?? "") else {
                throw HTTPError(.notFound, message: "This work is not known any more.")
            }
            return Reply.page(pages.job(job, try await machine()))
        }
        router.get("/jobs/:id/script") { _, context in
            guard let plan = await jobs.plan(context.parameters.get("id") ?? "") else { throw HTTPError(.notFound) }
            return Reply.script(plan)
        }
    }

    private func errand(_ context: BasicRequestContext, _ machine: Machine) async throws -> Errand {
        switch context.parameters.get("errand").flatMap(MachineErrand.init(rawValue:)) {
        case .upgrade?: MachineErrand.upgrade(ProgramVersions(paths), machine)
        case .recover?: MachineErrand.recover()
        case .backup?: MachineErrand.backup(machine)
        case .restore?: try await restore(machine)
        case .schedule?: try await schedule(machine)
        case nil: throw HTTPError(.notFound, message: "There is no such page.")
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
