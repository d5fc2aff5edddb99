import Catalog
import Foundation
import HTTPTypes
import Hummingbird
public import Instances
public import Logging
import NIOCore

/// The web pages for the instances of this machine. Loopback only; open to whoever has the link that it prints.
public struct ManagerApplication: Sendable {
    let runner: CommandRunner
    let paths: InstancePaths
    let access = Access()
    let jobs: Jobs
    let port: Int
    let logger: Logger

    /// - Parameters:
    ///   - port: 0 for a free one.
    ///   - paths: where the instances of this user are.
    public init(runner: CommandRunner, paths: InstancePaths, port: Int, logger: Logger) {
        self.runner = runner
        self.paths = paths
        self.port = port
        self.logger = logger
        jobs = Jobs(runner: runner)
    }

    /// Serves until it is cancelled or told to stop.
    ///
    /// - Parameter onStart: gets the link to open, good for one browser.
    public func run(onStart: @escaping @Sendable (String) async -> Void) async throws {
        let bound = BoundPort()
        let application = Application(
            router: router(bound),
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                bound.port = port
                await onStart("http://127.0.0.1:\(port)/open?token=\(access.link ?? "")")
            },
            logger: logger
        )
        try await application.runService()
    }

    private func router(_ bound: BoundPort) -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: ManagerGate(access: access, bound: bound))
        router.get("/open") { request, _ in
            let token = request.uri.queryParameters["token"].map(String.init) ?? ""
            guard let session = access.open(token) else {
                return Reply.text(
                    "This link was used already, or is not one of this manager. Start `skerry manager` again for a new one.\n",
                    status: .forbidden
                )
            }
            return Reply.redirect("/", cookie: "\(bound.cookie)=\(session); Path=/; HttpOnly; SameSite=Strict")
        }
        router.get("/manager.css") { _, _ in Reply.text(Templates.style, type: "text/css; charset=utf-8") }
        router.get("/manager.js") { _, _ in Reply.text(Templates.logFollowing, type: "text/javascript; charset=utf-8") }
        addInstances(to: router)
        addWizard(to: router)
        return router
    }

    var pages: Pages { Pages(formToken: access.formToken) }

    func machine() async throws -> Machine { try await Machine.read(runner) }

    /// The fields of a form that one of our own pages sent.
    func form(_ request: Request) async throws -> [String: String] {
        let body = try await request.body.collect(upTo: 64 << 10)
        let fields = try URLEncodedFormDecoder().decode([String: String].self, from: String(buffer: body))
        guard access.accepts(form: fields["form"]) else {
            throw HTTPError(.forbidden, message: "This form is not of this manager; open the page again.")
        }
        return fields.mapValues { $0.trimmingCharacters(in: .whitespaces) }
    }

    func start(_ plan: ManagedPlan) async -> Response {
        guard let job = await jobs.start(plan) else {
            return Reply.text("Something else is being done to \(plan.instance); wait for it.\n", status: .conflict)
        }
        return Reply.redirect("/jobs/\(job.id)")
    }
}

// MARK: - Instances

extension ManagerApplication {
    private func addInstances(to router: Router<BasicRequestContext>) {
        router.get("/") { _, _ in Reply.page(pages.index(try await machine())) }
        router.get("/go") { request, _ in
            let place = request.uri.queryParameters["place"].map(String.init) ?? "/"
            // Only places of our own.
            return Reply.redirect(place.hasPrefix("/") && !place.hasPrefix("//") ? place : "/")
        }
        router.get("/instances/:kind/:slug") { _, context in
            let (machine, instance) = try await named(context)
            return Reply.page(pages.instance(instance, machine))
        }
        router.get("/instances/:kind/:slug/log") { _, context in
            let (machine, instance) = try await named(context)
            return Reply.page(logPage(instance, machine))
        }
        router.get("/instances/:kind/:slug/log/stream") { _, context in
            let (_, instance) = try await named(context)
            return LogStream.response(InstanceLog(instance.kind, instance.slug, paths: paths))
        }
        router.get("/instances/:kind/:slug/key") { _, context in
            let (machine, instance) = try await named(context)
            return Reply.page(keyPage(instance, machine, key: ""))
        }
        router.post("/instances/:kind/:slug/key") { request, context in
            _ = try await form(request)
            let (machine, instance) = try await named(context)
            let (data, problem) = try await runner.ask(.server, ["show-master-key", "--instance", instance.slug])
            let key = data["MasterKey"]?.stringValue ?? data["masterKey"]?.stringValue ?? ""
            return Reply.page(keyPage(instance, machine, key: key, error: key.isEmpty ? problem : nil))
        }
        router.get("/instances/:kind/:slug/:action") { _, context in
            let (machine, instance) = try await named(context)
            var options = ManagedPlan.Options()
            options.directory = "\(paths.stateRoot)/backups"
            return Reply.page(pages.action(try action(context, instance), instance, options, machine))
        }
        router.post("/instances/:kind/:slug/:action") { request, context in
            let fields = try await form(request)
            let (machine, instance) = try await named(context)
            return try await perform(try action(context, instance), instance, fields, machine)
        }
        router.get("/jobs/:id") { _, context in
            guard let job = await jobs.job(context.parameters.get("id") ?? "") else { throw HTTPError(.notFound) }
            return Reply.page(pages.job(job, try await machine()))
        }
    }

    private func named(_ context: BasicRequestContext) async throws -> (Machine, Machine.Instance) {
        let machine = try await machine()
        guard let kind = context.parameters.get("kind").flatMap(InstanceKind.init(rawValue:)),
            let instance = machine.instance(kind, context.parameters.get("slug") ?? "")
        else { throw HTTPError(.notFound, message: "There is no such instance; it may have been deleted.") }
        return (machine, instance)
    }

    private func action(_ context: BasicRequestContext, _ instance: Machine.Instance) throws -> ManagedPlan.Action {
        guard let action = context.parameters.get("action").flatMap(ManagedPlan.Action.init(rawValue:)),
            action.isOffered(to: instance.kind)
        else { throw HTTPError(.notFound) }
        return action
    }

    private func perform(
        _ action: ManagedPlan.Action,
        _ instance: Machine.Instance,
        _ fields: [String: String],
        _ machine: Machine
    ) async throws -> Response {
        var options = ManagedPlan.Options()
        options.directory = fields["directory"] ?? ""
        options.passphrase = fields["passphrase"] ?? ""
        options.purges = fields["level"] == "purge"
        func page(_ error: String? = nil) -> Response {
            Reply.page(
                pages.action(action, instance, options, machine, error: error),
                status: error == nil ? .ok : .unprocessableContent
            )
        }
        if fields["do"] == "show" { return page() }
        if action == .delete, fields["again"] != instance.name {
            return page("Nothing was deleted: type the name exactly as it is written, \(instance.name).")
        }
        if action == .backup, options.directory.isEmpty || options.passphrase.isEmpty {
            return page("Nothing was done: a backup needs a directory and a passphrase.")
        }
        return await start(.action(action, instance.kind, instance.name, options))
    }

    private func logPage(_ instance: Machine.Instance, _ machine: Machine) -> String {
        let log = InstanceLog(instance.kind, instance.slug, paths: paths)
        let (text, end) = log.newest()
        return pages.page(
            "log",
            "Log of \(instance.name)",
            [
                "isMissing": !log.exists, "path": log.path, "text": text,
                "unit": "skerry-\(instance.kind.rawValue)-\(instance.slug)",
                "stream": "\(instance.place)/log/stream?from=\(end)", "place": "\(instance.place)/log",
                "back": instance.place,
            ],
            machine,
            place: instance.place,
            follows: log.exists
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
