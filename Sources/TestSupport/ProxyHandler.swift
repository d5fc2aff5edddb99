import NIOCore
import NIOHTTP1
import NIOPosix

/// One client connection of a ``RecordingProxy``: collects a request, forwards it on a connection of its own, and
/// writes the answer back.
final class ProxyHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let record: ProxyRecord
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    /// The one that is being answered; a client sends the next one only after that.
    private var request: RecordedRequest?

    init(record: ProxyRecord) { self.record = record }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part): body.writeBuffer(&part)
        case .end:
            if let head { handle(head, body, context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func handle(_ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        let request = RecordedRequest(
            method: head.method.rawValue,
            path: head.uri,
            headers: head.headers.map { ($0.name, $0.value) },
            body: Array(body.readableBytesView)
        )
        let (place, fault) = record.add(request)
        self.request = request
        let body = record.translation.map { ByteBuffer(bytes: $0.request(request)) } ?? body
        switch fault {
        case .cut: context.close(promise: nil)
        case .answer(let status, let text, let further):
            record.note(status: status, at: place)
            var headers = HTTPHeaders([("Content-Type", "application/json")])
            headers.add(name: "Content-Length", value: String(text.utf8.count))
            for (name, value) in further { headers.add(name: name, value: value) }
            let answer = UpstreamAnswer(
                head: HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers),
                body: ByteBuffer(string: text)
            )
            write(answer, context)
        case .delay(let time):
            context.eventLoop.scheduleTask(in: TimeAmount(time), later(head, body, place, context))
        case .hold(let gate):
            gate.whenOpen(on: context.eventLoop, later(head, body, place, context))
        case .cutAnswer: forward(head, body, place, context, answers: false)
        case nil: forward(head, body, place, context, answers: true)
        }
    }

    private func later(
        _ head: HTTPRequestHead,
        _ body: ByteBuffer,
        _ place: ProxyRecord.Place,
        _ context: ChannelHandlerContext
    ) -> @Sendable () -> Void {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let boundContext = NIOLoopBound(context, eventLoop: context.eventLoop)
        return { bound.value.forward(head, body, place, boundContext.value, answers: true) }
    }

    private func forward(
        _ head: HTTPRequestHead,
        _ body: ByteBuffer,
        _ place: ProxyRecord.Place,
        _ context: ChannelHandlerContext,
        answers: Bool
    ) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let boundContext = NIOLoopBound(context, eventLoop: context.eventLoop)
        Upstream.send(head, body, port: record.upstreamPort, on: context.eventLoop).whenComplete { result in
            guard case .success(let answer) = result, answers else { return boundContext.value.close(promise: nil) }
            let translated = bound.value.translated(answer)
            bound.value.record.note(status: Int(translated.head.status.code), at: place)
            bound.value.write(translated, boundContext.value)
        }
    }

    private func translated(_ answer: UpstreamAnswer) -> UpstreamAnswer {
        guard let translation = record.translation, let request else { return answer }
        let changed = translation.answer(
            request,
            ProxyAnswer(
                status: Int(answer.head.status.code),
                headers: answer.head.headers.map { ($0.name, $0.value) },
                body: Array(answer.body.readableBytesView)
            )
        )
        var result = answer
        result.head.status = .init(statusCode: changed.status)
        result.head.headers = HTTPHeaders(changed.headers.map { ($0.name, $0.value) })
        result.body = ByteBuffer(bytes: changed.body)
        if ![204, 304].contains(changed.status) {
            result.head.headers.replaceOrAdd(name: "Content-Length", value: String(changed.body.count))
        }
        return result
    }

    private func write(_ answer: UpstreamAnswer, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}

/// A whole answer of the upstream.
struct UpstreamAnswer: Sendable {
    var head: HTTPResponseHead
    var body: ByteBuffer
}

/// Sends one request to the upstream, each on a fresh connection.
enum Upstream {
    static func send(
        _ head: HTTPRequestHead,
        _ body: ByteBuffer,
        port: Int,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<UpstreamAnswer> {
        let promise = eventLoop.makePromise(of: UpstreamAnswer.self)
        var head = head
        // The body is whole by now, and the connection serves this request only.
        head.headers.remove(name: "Transfer-Encoding")
        head.headers.remove(name: "Expect")
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        if body.readableBytes > 0 || head.headers.contains(name: "Content-Length") {
            head.headers.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
        }
        let request = head
        ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(UpstreamHandler(promise: promise))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .whenComplete { result in
                switch result {
                case .failure(let error): promise.fail(error)
                case .success(let channel):
                    channel.write(HTTPClientRequestPart.head(request), promise: nil)
                    if body.readableBytes > 0 {
                        channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil)
                    }
                    channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
                }
            }
        return promise.futureResult
    }
}

/// Collects one answer.
private final class UpstreamHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<UpstreamAnswer>
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()

    init(promise: EventLoopPromise<UpstreamAnswer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(var part): body.writeBuffer(&part)
        case .end:
            if var head {
                // The client's connection to the proxy has a life of its own.
                head.headers.remove(name: "Connection")
                head.headers.remove(name: "Transfer-Encoding")
                if ![204, 304].contains(head.status.code), !head.headers.contains(name: "Content-Length") {
                    head.headers.add(name: "Content-Length", value: String(body.readableBytes))
                }
                promise.succeed(UpstreamAnswer(head: head, body: body))
            }
            context.close(promise: nil)
        }
    }

    // After an answer these do nothing: a promise keeps its first result.
    func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
