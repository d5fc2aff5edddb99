import Catalog
import Instances
import Logging
import NIOCore
import NIOHTTP1

/// What an agent tells of itself to anybody: nothing that is not in its certificate, but for its version.
struct StatusPage: Sendable {
    let json: String
    let html: String

    init(identity: AgentIdentity, version: String) {
        let body: JSON = [
            "Kind": "agent", "State": "running", "Version": .string(version),
            "Thumbprint": .string(identity.thumbprint.text), "Pin": .string(identity.pin),
        ]
        json = body.text
        html = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>Skerry agent</title>
            <style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;\
            max-width:40rem;padding:0 1rem}code{overflow-wrap:anywhere}</style>
            <h1>This is a Skerry agent, and it runs.</h1>
            <p>Its thumbprint is <code>\(identity.thumbprint.text)</code>. Give it to the server that is to use it.</p>
            </html>

            """
    }
}

/// Answers one request of a connection, then closes it.
final class StatusHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let page: StatusPage
    private let logger: Logger
    private var head: HTTPRequestHead?

    init(page: StatusPage, logger: Logger) {
        self.page = page
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    private func answer(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let path = request.uri.prefix { $0 != "?" }
        let found: (HTTPResponseStatus, String, String) =
            switch (request.method, path) {
            case (.GET, "/"), (.HEAD, "/"): (.ok, "text/html; charset=utf-8", page.html)
            case (.GET, "/status"), (.HEAD, "/status"): (.ok, "application/json", page.json)
            case (.GET, _), (.HEAD, _): (.notFound, "text/plain", "Nothing is here. Try /status.\n")
            default: (.methodNotAllowed, "text/plain", "GET and HEAD only.\n")
            }
        let (status, type, text) = found
        var body = context.channel.allocator.buffer(string: text)
        let headers = HTTPHeaders([
            ("Content-Type", type), ("Content-Length", String(body.readableBytes)), ("Connection", "close"),
            ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ])
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        if request.method == .HEAD { body.clear() }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("A connection failed", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }
}
