import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import Instances

/// The wizard for a new instance: what it is, how it is set up, what will run.
extension ManagerApplication {
    func addWizard(to router: Router<BasicRequestContext>) {
        router.get("/new") { request, _ in
            var new = NewInstance()
            if request.uri.queryParameters["kind"] == "agent" { new.kind = .agent }
            return Reply.page(newPage(new, try await core.machine()))
        }
        router.post("/new") { request, _ in
            var new = NewInstance()
            new.begin(Answers(try await form(request)))
            do {
                _ = try await core.proposal(for: new)
                return Reply.redirect("/new/\(await drafts.keep(new))")
            } catch let refusal as Refusal {
                return Reply.page(
                    newPage(new, try await core.machine(), error: refusal.message),
                    status: .unprocessableContent
                )
            }
        }
        router.get("/new/:id") { _, context in
            let (_, new) = try await draft(context)
            return Reply.page(try await setupPage(new, try await core.machine()))
        }
        router.post("/new/:id") { request, context in
            let fields = try await form(request)
            var (id, new) = try await draft(context)
            do {
                new.settle(Answers(fields), try await core.proposal(for: new))
                try core.check(new)
            } catch let refusal as Refusal {
                return Reply.page(
                    try await setupPage(new, try await core.machine(), error: refusal.message),
                    status: .unprocessableContent
                )
            }
            _ = await drafts.keep(new, as: id)
            return Reply.redirect("/new/\(id)/review")
        }
        router.get("/new/:id/review") { request, context in
            let (id, new) = try await draft(context)
            let form = Self.scriptForm(request)
            var values: [String: Any] = ["script": ManagedPlan.create(new).script(form), "back": "/new/\(id)"]
            values.merge(Pages.scriptForms(form, at: "/new/\(id)/review")) { $1 }
            return Reply.page(pages.page("review", "Create \(new.name)", values, try await core.machine()))
        }
        router.post("/new/:id/review") { request, context in
            let fields = try await form(request)
            let (id, new) = try await draft(context)
            if fields["do"] == "save" { return Reply.script(.create(new), ScriptForm(asked: fields["as"])) }
            let response = try await start(.create(new), try await core.machine())
            if response.status == .seeOther { await drafts.forget(id) }
            return response
        }
    }

    private func draft(_ context: BasicRequestContext) async throws -> (id: String, new: NewInstance) {
        let id = context.parameters.get("id") ?? ""
        guard let new = await drafts[id] else {
            throw HTTPError(.notFound, message: "This wizard was finished or is too old; begin again.")
        }
        return (id, new)
    }

    private func newPage(_ new: NewInstance, _ machine: Machine, error: String? = nil) -> String {
        pages.page(
            "wizard",
            "New instance",
            ["questions": new.beginning.map(Pages.field)],
            machine,
            place: "/new",
            error: error
        )
    }

    private func setupPage(_ new: NewInstance, _ machine: Machine, error: String? = nil) async throws -> String {
        // An address that was taken meanwhile is told by the page before.
        let proposed = (try? await core.proposal(for: new)) ?? NewInstance.Proposal()
        return pages.page(
            "wizard",
            "Set up \(new.name)",
            ["questions": new.settings(proposed).map(Pages.field)],
            machine,
            place: "/new",
            error: error
        )
    }
}
