import Foundation
import HTTPTypes
import Hummingbird
import Instances
import NIOCore
import Synchronization

/// Answers, each with what keeps browsers from doing more than they should.
enum Reply {
    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
        + "frame-ancestors 'none'; base-uri 'none'"

    static func page(_ html: String, status: HTTPResponse.Status = .ok) -> Response {
        text(html, status: status, type: "text/html; charset=utf-8")
    }

    static func text(
        _ text: String,
        status: HTTPResponse.Status = .ok,
        type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(status: status, headers: headers(type), body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// As a file to save.
    static func script(_ plan: ManagedPlan, _ form: ScriptForm) -> Response {
        var response = text(plan.script(form), type: "\(form.mediaType); charset=utf-8")
        response.headers[.contentDisposition] = "attachment; filename=\"\(form.fileName)\""
        return response
    }

    static func redirect(_ place: String, cookie: String? = nil) -> Response {
        var headers = headers("text/plain; charset=utf-8")
        headers[.location] = place
        if let cookie { headers[.setCookie] = cookie }
        return Response(status: .seeOther, headers: headers)
    }

    static func headers(_ type: String) -> HTTPFields {
        var fields: HTTPFields = [.contentType: type, .cacheControl: "no-store", .contentSecurityPolicy: policy]
        fields[.xContentTypeOptions] = "nosniff"
        fields[HTTPField.Name("Referrer-Policy")!] = "same-origin"
        return fields
    }
}

/// The port, known once the server runs.
final class BoundPort: Sendable {
    private let value = Mutex(0)

    var port: Int {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }

    /// Cookies do not tell ports apart.
    var cookie: String { "skerry_manager_\(port)" }
}

/// Lets in who opened the link, and only under the names of this machine: a page elsewhere whose name leads here is
/// another site to the browser, but not to us.
struct ManagerGate: RouterMiddleware {
    typealias Context = BasicRequestContext

    let access: Access
    let bound: BoundPort

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let hosts = ["127.0.0.1:\(bound.port)", "localhost:\(bound.port)"]
        guard let host = request.head.authority, hosts.contains(host) else {
            return Reply.text("This is the manager of another address.\n", status: .misdirectedRequest)
        }
        guard request.uri.path == "/open" || access.knows(session: session(request)) else {
            return Reply.text(
                "Open the link that `skerry manager` printed when it started.\n",
                status: .unauthorized
            )
        }
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            return page(error.status, error.body ?? "\(error.status.reasonPhrase).")
        } catch {
            return page(.internalServerError, "The manager could not answer: \(error)")
        }
    }

    private func page(_ status: HTTPResponse.Status, _ text: String) -> Response {
        let pages = Pages(formToken: access.formToken)
        return Reply.page(pages.message(status.reasonPhrase, text, Machine()), status: status)
    }

    private func session(_ request: Request) -> String? {
        let prefix = "\(bound.cookie)="
        return request.headers[values: .cookie].joined(separator: "; ").split(separator: ";").lazy
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .first { $0.hasPrefix(prefix) }
            .map { String($0.dropFirst(prefix.count)) }
    }
}
