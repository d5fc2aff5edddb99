import Foundation
import HTTPTypes
import Hummingbird
import Instances

/// The pages about instances.
extension ManagerApplication {
    func addInstances(to router: Router<BasicRequestContext>) {
        router.get("/") { _, _ in Reply.page(pages.index(try await core.machine())) }
        router.get("/go") { request, _ in
            let place = request.uri.queryParameters["place"].map(String.init) ?? "/"
            // Only places of our own.
            return Reply.redirect(Self.isOwn(place) ? place : "/")
        }
        router.get("/instances/:kind/:slug") { _, context in
            let (machine, instance) = try await named(context)
            return Reply.page(pages.instance(instance, machine))
        }
        router.get("/instances/:kind/:slug/log") { _, context in
            let (machine, instance) = try await named(context)
            return Reply.page(await logPage(instance, machine))
        }
        router.get("/instances/:kind/:slug/log/stream") { request, context in
            let (_, instance) = try await named(context)
            let start =
                request.headers[HTTPField.Name("Last-Event-ID")!]
                ?? request.uri.queryParameters["from"].map(String.init) ?? ""
            return LogStream.response(core.log(of: instance), from: start)
        }
        router.get("/instances/:kind/:slug/key") { _, context in
            let (machine, instance) = try await named(context)
            return Reply.page(keyPage(instance, machine, key: ""))
        }
        router.post("/instances/:kind/:slug/key") { request, context in
            _ = try await form(request)
            let (machine, instance) = try await named(context)
            let (key, problem) = try await core.masterKey(of: instance)
            return Reply.page(keyPage(instance, machine, key: key, error: problem))
        }
        router.get("/instances/:kind/:slug/:errand") { request, context in
            let (machine, instance) = try await named(context)
            return await show(try await errand(context, instance, machine), request, machine, instance)
        }
        router.post("/instances/:kind/:slug/:errand") { request, context in
            let fields = try await form(request)
            let (machine, instance) = try await named(context)
            return try await answer(try await errand(context, instance, machine), fields, machine, instance)
        }
    }

    private static func isOwn(_ place: String) -> Bool {
        place.hasPrefix("/") && !place.hasPrefix("//")
            && place.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
    }

    private func named(_ context: BasicRequestContext) async throws -> (Machine, Machine.Instance) {
        let machine = try await core.machine()
        guard let kind = context.parameters.get("kind").flatMap(InstanceKind.init(rawValue:)),
            let instance = machine.instance(kind, context.parameters.get("slug") ?? "")
        else { throw HTTPError(.notFound, message: "There is no such instance; it may have been deleted.") }
        return (machine, instance)
    }

    private func errand(
        _ context: BasicRequestContext,
        _ instance: Machine.Instance,
        _ machine: Machine
    ) async throws -> Errand {
        guard let name = context.parameters.get("errand").flatMap(InstanceErrand.init(rawValue:)),
            name.isOffered(to: instance)
        else { throw HTTPError(.notFound, message: "This is not offered for this instance.") }
        do {
            return try await core.errand(name, of: instance, in: machine)
        } catch let refusal as Refusal {
            throw HTTPError(.unprocessableContent, message: refusal.message)
        }
    }

    private func logPage(_ instance: Machine.Instance, _ machine: Machine) async -> String {
        let log = core.log(of: instance)
        let newest = await log.newest()
        return pages.page(
            "log",
            "Log of \(instance.name)",
            [
                "isMissing": newest == nil, "path": log.place, "text": newest?.text ?? "",
                "stream": "\(instance.place)/log/stream?from=\((newest?.end ?? "").inAddress)",
                "place": "\(instance.place)/log", "back": instance.place,
            ],
            machine,
            place: instance.place,
            follows: newest != nil
        )
    }

    private func keyPage(
        _ instance: Machine.Instance,
        _ machine: Machine,
        key: String,
        error: String? = nil
    ) -> String {
        pages.page(
            "key",
            "Master key of \(instance.name)",
            ["key": key, "back": instance.place],
            machine,
            place: instance.place,
            error: error
        )
    }
}

// MARK: - Errands

extension ManagerApplication {
    /// The page of an errand before anything was filled in, but for what the address says.
    func show(
        _ errand: Errand,
        _ request: Request,
        _ machine: Machine,
        _ instance: Machine.Instance? = nil
    ) async -> Response {
        var errand = errand
        for index in errand.questions.indices {
            if case .password = errand.questions[index].kind { continue }
            if let value = request.uri.queryParameters[Substring(errand.questions[index].name)] {
                errand.questions[index].value = String(value)
            }
        }
        let script = errand.isQuick ? try? await errand.plan(errand.defaults).script() : nil
        return Reply.page(pages.errand(errand, script, machine, instance))
    }

    /// What somebody wants: the script, a look at what is in the way, or that it is done.
    func answer(
        _ errand: Errand,
        _ fields: [String: String],
        _ machine: Machine,
        _ instance: Machine.Instance? = nil
    ) async throws -> Response {
        let filled = errand.filled(fields)
        let form = ScriptForm(asked: fields["as"])
        do {
            switch fields["do"] {
            case "show":
                let script = try await errand.plan(Answers(fields)).script(form)
                return Reply.page(pages.errand(filled, script, machine, instance, form: form))
            case "save": return Reply.script(try await errand.plan(Answers(fields)), form)
            case "check":
                let plan = try await errand.plan(Answers(fields))
                let check = try await core.check(plan)
                return Reply.page(pages.errand(filled, plan.script(form), machine, instance, form: form, check: check))
            default:
                return try await start(try await errand.plan(toRun: fields), machine)
            }
        } catch let refusal as Refusal {
            let script = errand.isQuick ? try? await errand.plan(Answers(fields)).script(form) : nil
            return Reply.page(
                pages.errand(filled, script, machine, instance, form: form, error: refusal.message),
                status: .unprocessableContent
            )
        }
    }
}
