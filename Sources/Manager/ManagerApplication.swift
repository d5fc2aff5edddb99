import Foundation
import HTTPTypes
import Hummingbird
public import Logging
import NIOCore

/// The web pages for the instances of this machine. Loopback only; open to whoever has the link that it prints.
public struct ManagerApplication: Sendable {
    let core: ManagerCore
    let access = Access()
    let drafts = Drafts()
    let port: Int
    let logger: Logger

    /// - Parameter port: 0 for a free one.
    public init(core: ManagerCore, port: Int, logger: Logger) {
        self.core = core
        self.port = port
        self.logger = logger
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
        addMachine(to: router)
        addWizard(to: router)
        return router
    }

    var pages: Pages { Pages(formToken: access.formToken) }

    /// The fields of a form that one of our own pages sent. Secrets are as they were typed.
    func form(_ request: Request) async throws -> [String: String] {
        guard let body = try? await request.body.collect(upTo: Self.largestForm) else {
            throw HTTPError(
                .contentTooLarge,
                message: "A form of this manager has less than \(Self.largestForm >> 10) KB."
            )
        }
        guard let fields = try? URLEncodedFormDecoder().decode([String: String].self, from: String(buffer: body)) else {
            throw HTTPError(.badRequest, message: "This form cannot be read.")
        }
        guard access.accepts(form: fields["form"]) else {
            throw HTTPError(.forbidden, message: "This form is not of this manager; open the page again.")
        }
        // Neither a command line nor a script can hold them.
        let isClean = fields.values.allSatisfy { text in
            text.unicodeScalars.allSatisfy {
                $0.properties.generalCategory != .control || "\r\n\t".unicodeScalars.contains($0)
            }
        }
        guard isClean else {
            throw HTTPError(.unprocessableContent, message: "A field holds characters that cannot be printed.")
        }
        return Dictionary(
            uniqueKeysWithValues: fields.map { name, value in
                (name, Self.secrets.contains(name) ? value : value.trimmingCharacters(in: .whitespacesAndNewlines))
            }
        )
    }

    private static let largestForm = 64 << 10
    /// Fields whose values are in no page, script or command line.
    static let secrets: Set = ["password", "passphrase", "masterKey"]

    func start(_ plan: ManagedPlan, _ machine: Machine) async throws -> Response {
        guard let id = try await core.jobs.start(plan) else {
            return Reply.page(
                pages.message("Not now", "Something else is being done; wait for its end.", machine),
                status: .conflict
            )
        }
        return Reply.redirect("/jobs/\(id)")
    }
}
