import Instances
import NIOCore
import NIOHTTP1

/// A client's connection: passes each request on to its instance as it comes in, and the answer back as it comes.
///
/// Nothing is collected: when one side is slow, the other is no longer read.
final class FrontHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let listener: FrontDoorPlan.Listener
    private let traffic: Traffic
    private var context: ChannelHandlerContext?
    private var exchange: Exchange?

    /// One request and its answer.
    private struct Exchange {
        let head: HTTPRequestHead
        let route: FrontDoorPlan.Route
        var backend: Backend?
        /// What came while the connection to the instance was not there yet, or may have to be sent again.
        var waiting: [HTTPClientRequestPart] = []
        var hasBody = false
        var isSent = false
        var isAnswering = false
        var isRetried = false
        /// A WebSocket was asked for, and has its place among the tunnels.
        var asksForTunnel = false
        /// The instance's, to a WebSocket.
        var agreement: HTTPResponseHead?

        /// Whether the instance has been asked, or is being connected to. A head whose body is still to come waits here: many
        /// clients send the two one by one, and each would wake the instance.
        var isAsked = false

        /// Whether nothing is done twice when the request is sent again, on another connection.
        var mayBeRepeated: Bool {
            !isAnswering && !isRetried && !hasBody && isSent && ![.POST, .PATCH].contains(head.method)
        }

        /// Whether nothing follows on this connection: what comes after an offer of another protocol is not read as HTTP.
        var isLast: Bool { FrontHeaders.offersProtocol(head) }
    }

    init(listener: FrontDoorPlan.Listener, traffic: Traffic) {
        self.listener = listener
        self.traffic = traffic
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: From the client

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let bytes):
            exchange?.hasBody = true
            pass(.body(.byteBuffer(bytes)))
            ask(context)
        case .end(let trailers):
            exchange?.isSent = true
            pass(.end(trailers))
            ask(context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        exchange?.backend?.flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        exchange?.backend?.setReading(context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if exchange != nil {
            exchange?.backend?.close()
            finish()
        }
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { idle(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func idle(_ context: ChannelHandlerContext) {
        guard let exchange else { return context.close(promise: nil) }
        if exchange.isAsked { return }
        finish()
        refuse(.requestTimeout, "The body of the request did not come", "Send it again.", exchange.head, context)
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let path = head.uri.prefix { $0 != "?" }
        let request = RoutedRequest(
            listener: listener,
            localAddress: context.channel.localAddress?.ipAddress ?? "",
            host: FrontHeaders.host(head.headers.first(name: "host") ?? ""),
            path: path
        )
        guard let route = traffic.routes.find(request) else {
            return refuse(.notFound, "No server is at this address", "Check the host name and the path.", head, context)
        }
        if !route.prefix.path.isEmpty, path == route.prefix.path {
            let query = head.uri.dropFirst(path.count)
            return answer(.permanentRedirect, "", [("Location", "\(route.prefix.path)/\(query)")], head, context)
        }
        let asksForTunnel = FrontHeaders.asksForWebSocket(head)
        if asksForTunnel {
            guard head.method == .GET, !FrontHeaders.hasBody(head.headers) else {
                return refuse(
                    .badRequest,
                    "This does not ask for a WebSocket",
                    "Ask with GET, without a body.",
                    head,
                    context
                )
            }
            guard traffic.beginTunnel() else {
                let title = "\(Traffic.mostTunnels) WebSockets are open here, and more are not passed on"
                return refuse(.serviceUnavailable, title, "Close some, or try again later.", head, context)
            }
        }
        exchange = Exchange(head: head, route: route, asksForTunnel: asksForTunnel)
        traffic.begin()
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            let go = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
        }
        let address = context.channel.remoteAddress?.ipAddress ?? ""
        pass(.head(FrontHeaders.request(head, route, address: address, isTLS: listener.isTLS)))
        if !FrontHeaders.hasBody(head.headers) { ask(context) }
    }

    private func ask(_ context: ChannelHandlerContext) {
        guard let open = exchange, !open.isAsked else { return }
        exchange?.isAsked = true
        connect(context, canReuse: !open.asksForTunnel)
    }

    private func pass(_ part: HTTPClientRequestPart) {
        guard let backend = exchange?.backend else {
            // Nothing is read while the connection is made, so this is one read's worth at most.
            exchange?.waiting.append(part)
            return
        }
        // The end of what may have to be sent again.
        if backend.isReused, exchange?.hasBody == false { exchange?.waiting.append(part) }
        backend.write(part)
        if case .end = part { backend.flush() }
    }

    private func connect(_ context: ChannelHandlerContext, canReuse: Bool) {
        guard let route = exchange?.route, let pool = traffic.pool(of: context.eventLoop) else { return }
        // Sent with what else has come.
        if canReuse, let backend = pool.take(route.socket) { return attach(backend) }
        let becomesTunnel = exchange?.asksForTunnel == true
        context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
        pool.connect(route.socket, on: context.eventLoop, becomesTunnel: becomesTunnel).assumeIsolated().whenComplete {
            result in
            context.channel.setOption(.autoRead, value: true).whenFailure { _ in }
            // The client may have gone in the meantime.
            guard let exchange = self.exchange, exchange.backend == nil, exchange.route == route else {
                if case .success(let backend) = result { backend.close() }
                return
            }
            switch result {
            case .success(let backend):
                self.attach(backend)
                backend.flush()
            case .failure: self.unavailable(context)
            }
        }
    }

    private func attach(_ backend: Backend) {
        exchange?.backend = backend
        backend.front = self
        let waiting = exchange?.waiting ?? []
        // What has no body may be sent again when a connection that was kept turns out to be gone.
        if !backend.isReused || exchange?.hasBody == true { exchange?.waiting = [] }
        for part in waiting { backend.write(part) }
    }

    // MARK: From the instance

    func receive(_ part: HTTPClientResponsePart) {
        guard let context, exchange != nil else { return }
        switch part {
        case .head(let head):
            if head.status == .switchingProtocols { return agree(head) }
            guard head.status.code >= 200 else { return }
            exchange?.isAnswering = true
            exchange?.waiting = []
            let isLast = exchange?.isLast == true
            context.write(wrapOutboundOut(.head(FrontHeaders.response(head, isLast: isLast))), promise: nil)
        case .body(let bytes):
            context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        case .end(let trailers):
            if let agreement = exchange?.agreement { openTunnel(agreement, context) } else { end(trailers, context) }
        }
    }

    private func agree(_ head: HTTPResponseHead) {
        guard exchange?.asksForTunnel == true, FrontHeaders.agreesToWebSocket(head) else {
            // Nobody has asked for what it speaks now.
            exchange?.backend?.close()
            return
        }
        exchange?.agreement = head
    }

    private func openTunnel(_ agreement: HTTPResponseHead, _ context: ChannelHandlerContext) {
        guard let backend = exchange?.backend, let channel = backend.channel else { return }
        backend.front = nil
        // Its place is the tunnel's now.
        exchange?.asksForTunnel = false
        finish()
        Tunnel.open(context.channel, channel, answer: agreement, traffic: traffic)
    }

    func receivedAll() { context?.flush() }

    func setReading(_ isReading: Bool) {
        context?.channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
    }

    /// The connection to the instance is gone.
    func lost(_ backend: Backend) {
        guard let context, let exchange, exchange.backend === backend else { return }
        if backend.isReused, exchange.mayBeRepeated {
            self.exchange?.backend = nil
            self.exchange?.isRetried = true
            return connect(context, canReuse: false)
        }
        if exchange.isAnswering {
            // An answer that was cut off must not look complete.
            finish()
            return context.close(promise: nil)
        }
        unavailable(context)
    }

    private func end(_ trailers: HTTPHeaders?, _ context: ChannelHandlerContext) {
        guard let done = exchange else { return }
        let keeps = done.head.isKeepAlive && done.isSent && !done.isLast
        if let backend = done.backend {
            backend.front = nil
            if done.isSent, backend.mayBeReused, !done.asksForTunnel {
                traffic.pool(of: context.eventLoop)?.put(backend, for: done.route.socket)
            } else {
                backend.close()
            }
        }
        finish()
        let channel = context.channel
        let promise = keeps ? nil : context.eventLoop.makePromise(of: Void.self)
        promise?.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(trailers)), promise: promise)
    }

    private func finish() {
        if exchange?.asksForTunnel == true { traffic.endTunnel() }
        exchange = nil
        traffic.end()
    }

    // MARK: Answers of its own

    private func unavailable(_ context: ChannelHandlerContext) {
        guard let exchange else { return }
        finish()
        refuse(
            .serviceUnavailable,
            "The server \(exchange.route.name) does not run",
            "Start it with: skerry service --start --instance \(exchange.route.slug)",
            exchange.head,
            context
        )
    }

    private func refuse(
        _ status: HTTPResponseStatus,
        _ title: String,
        _ advice: String,
        _ head: HTTPRequestHead,
        _ context: ChannelHandlerContext
    ) {
        let wantsPage = head.headers.first(name: "accept")?.contains("text/html") == true
        let page = wantsPage ? FrontPage.html(title, advice) : FrontPage.json(title, advice)
        var headers = [("Content-Type", wantsPage ? "text/html; charset=utf-8" : "application/json")]
        if status == .serviceUnavailable { headers.append(("Retry-After", "2")) }
        answer(status, page, headers, head, context)
    }

    /// Closes the connection afterwards: the body of a refused request may still be on its way.
    private func answer(
        _ status: HTTPResponseStatus,
        _ text: String,
        _ fields: [(String, String)],
        _ head: HTTPRequestHead,
        _ context: ChannelHandlerContext
    ) {
        let body = context.channel.allocator.buffer(string: text)
        var headers = HTTPHeaders(fields)
        headers.add(name: "Content-Length", value: String(body.readableBytes))
        headers.add(name: "Connection", value: "close")
        headers.add(name: "Cache-Control", value: "no-store")
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
            promise: nil
        )
        if head.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        let channel = context.channel
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
    }
}
