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
            return Reply.page(newPage(new, try await machine()))
        }
        router.post("/new") { request, _ in
            let fields = try await form(request)
            var new = NewInstance()
            new.kind = fields["kind"] == "agent" ? .agent : .server
            new.name = fields["name"] ?? ""
            new.home = fields["home"] ?? ""
            new.account = fields["account"] ?? ""
            if let problem = try await proposal(new).problem {
                return Reply.page(newPage(new, try await machine(), error: problem), status: .unprocessableContent)
            }
            return Reply.redirect("/new/\(await drafts.keep(new))")
        }
        router.get("/new/:id") { _, context in
            let (_, new) = try await draft(context)
            return Reply.page(try await setupPage(new, try await machine()))
        }
        router.post("/new/:id") { request, context in
            let fields = try await form(request)
            let (id, old) = try await draft(context)
            let (new, problem) = try await settled(old, fields)
            if let problem {
                return Reply.page(
                    try await setupPage(new, try await machine(), error: problem),
                    status: .unprocessableContent
                )
            }
            _ = await drafts.keep(new, as: id)
            return Reply.redirect("/new/\(id)/review")
        }
        router.get("/new/:id/review") { _, context in
            let (id, new) = try await draft(context)
            return Reply.page(
                pages.page(
                    "review",
                    "Create \(new.name)",
                    ["script": ManagedPlan.create(new).script, "back": "/new/\(id)"],
                    try await machine()
                )
            )
        }
        router.post("/new/:id/review") { request, context in
            let fields = try await form(request)
            let (id, new) = try await draft(context)
            if fields["do"] == "save" { return Reply.script(.create(new)) }
            let response = try await start(.create(new), try await machine())
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

    /// What the registry says to such an instance: why it cannot be, else the address that it would get.
    private func proposal(_ new: NewInstance) async throws -> (address: String, port: String, problem: String?) {
        guard !new.name.isEmpty else { return ("", "", "Give the instance a name.") }
        guard new.account.isEmpty || Account.exists(new.account) else {
            return ("", "", "There is no account “\(new.account)” on this machine.")
        }
        var arguments = ["create-instance", "--instance=\(new.name)", "--dry-run"]
        if !new.home.isEmpty { arguments.append("--home=\(new.home)") }
        let (data, problem) = try await runner.ask(new.kind, arguments)
        let settings = data["settings"]
        let address = settings?["webListenPrefixes"]?.stringsValue.first ?? ""
        return (address, settings?["port"]?.intValue.map(String.init) ?? "", problem)
    }

    private func settled(
        _ old: NewInstance,
        _ fields: [String: String]
    ) async throws -> (new: NewInstance, problem: String?) {
        var new = old
        let proposed = try await proposal(old)
        if let problem = proposed.problem { return (new, problem) }
        switch old.kind {
        case .server:
            let address = fields["address"] ?? ""
            // What is proposed is left to the script, which finds a free address wherever it runs.
            new.address = address == proposed.address ? "" : address
            new.administrator = fields["administrator"] ?? ""
            new.password = fields["password"] ?? ""
            if new.administrator.isEmpty || new.password.isEmpty {
                return (new, "Give the administrator a name and a password.")
            }
            if let problem = problem(of: new.address) { return (new, problem) }
        case .agent:
            let port = fields["port"] ?? ""
            new.port = port == proposed.port ? "" : port
            new.trust = (fields["trust"] ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
            if let problem = problem(ofPort: new.port) { return (new, problem) }
        }
        return (new, nil)
    }

    private func problem(of addresses: String) -> String? {
        if addresses.isEmpty { return nil }
        do throws(InstanceError) {
            var prefixes: [ListenPrefix] = []
            for address in addresses.split(separator: ",") {
                prefixes.append(try ListenPrefix(address.trimmingCharacters(in: .whitespaces)))
            }
            try InstanceRegistry(paths: paths, kind: .server).checkAddresses(prefixes)
            return nil
        } catch {
            return error.description
        }
    }

    private func problem(ofPort text: String) -> String? {
        if text.isEmpty { return nil }
        guard let port = Int(text), (1...65_535).contains(port) else { return "A port is a number from 1 to 65535." }
        do throws(InstanceError) {
            let prefix = ListenPrefix(isTLS: true, host: "*", port: port)
            try InstanceRegistry(paths: paths, kind: .agent).checkAddresses([prefix])
            return nil
        } catch {
            return error.description
        }
    }

    private func newPage(_ new: NewInstance, _ machine: Machine, error: String? = nil) -> String {
        pages.page(
            "new",
            "New instance",
            ["isServer": new.kind == .server, "name": new.name, "home": new.home, "account": new.account],
            machine,
            place: "/new",
            error: error
        )
    }

    private func setupPage(_ new: NewInstance, _ machine: Machine, error: String? = nil) async throws -> String {
        let proposed = try await proposal(new)
        return pages.page(
            "setup",
            "Set up \(new.name)",
            [
                "isServer": new.kind == .server, "address": new.address.isEmpty ? proposed.address : new.address,
                "administrator": new.administrator, "port": new.port.isEmpty ? proposed.port : new.port,
                "trust": new.trust.joined(separator: "\n"),
            ],
            machine,
            place: "/new",
            error: error
        )
    }
}
