import Foundation
import HTTPTypes
import Hummingbird
import Instances

/// The pages about the machine, and about work that was begun.
extension ManagerApplication {
    func addMachine(to router: Router<BasicRequestContext>) {
        router.get("/machine/:errand") { request, context in
            let machine = try await core.machine()
            return await show(try await errand(context, machine), request, machine)
        }
        router.post("/machine/:errand") { request, context in
            let fields = try await form(request)
            let machine = try await core.machine()
            return try await answer(try await errand(context, machine), fields, machine)
        }
        router.get("/doctor") { _, _ in
            let (findings, problems) = try await core.doctor()
            return Reply.page(pages.doctor(findings, problems: problems, try await core.machine()))
        }
        router.get("/jobs") { _, _ in Reply.page(pages.jobs(try await core.jobs.all(), try await core.machine())) }
        router.get("/jobs/:id") { request, context in
            guard let job = await core.jobs.shown(context.parameters.get("id") ?? "") else {
                throw HTTPError(.notFound, message: "This work is not known any more.")
            }
            return Reply.page(pages.job(job, Self.scriptForm(request), try await core.machine()))
        }
        router.get("/jobs/:id/script") { request, context in
            guard let plan = await core.jobs.plan(context.parameters.get("id") ?? "") else {
                throw HTTPError(.notFound)
            }
            return Reply.script(plan, Self.scriptForm(request))
        }
    }

    /// In which language the address wants the script.
    static func scriptForm(_ request: Request) -> ScriptForm {
        ScriptForm(asked: request.uri.queryParameters["as"].map(String.init))
    }

    private func errand(_ context: BasicRequestContext, _ machine: Machine) async throws -> Errand {
        guard let name = context.parameters.get("errand").flatMap(MachineErrand.init(rawValue:)) else {
            throw HTTPError(.notFound, message: "There is no such page.")
        }
        return try await core.errand(name, in: machine)
    }
}
