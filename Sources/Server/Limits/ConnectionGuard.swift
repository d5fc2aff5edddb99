import Catalog
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Watches over one connection, so that a slow or a hostile client cannot hold it.
///
/// Headers, bodies and the taking of answers each have a deadline. Headers that are too large are answered with 431,
/// other text that is no HTTP with 400, both with a JSON body. After an answer with `Connection: close` what the
/// client still sends is thrown away for a moment, so that the answer arrives before the connection is reset.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Stage {
        case waitingForFirstHead
        case waitingForNextHead
        case readingBody
        case answering
        case closing
    }

    /// How long a client may say nothing before its connection, which has had its last answer, is closed.
    private static let quietTime = Duration.seconds(3)

    private let limits: ServerConfiguration.Limits
    private var stage = Stage.waitingForFirstHead
    private var deadline: Scheduled<Void>?
    private var answerDeadline: Scheduled<Void>?
    private var lingerDeadline: Scheduled<Void>?
    private var closesAfterAnswer = false
    private var hasBegunAnswer = false
    private var hasAnsweredEarly = false
    private var thrownAway = 0
    /// The request is about a package: its body, or that of the answer, may take as long as it moves on.
    private var isLong = false
    private var received = 0
    private var sent = 0
    private static let megabyte = 1 << 20

    init(limits: ServerConfiguration.Limits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context, limits.headerTimeout) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancelAll() }

    func channelActive(context: ChannelHandlerContext) {
        start(context, limits.headerTimeout)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancelAll()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if stage == .closing {
            throwAway(data, context)
            return
        }
        switch unwrapInboundIn(data) {
        case .head(let head):
            stage = .readingBody
            isLong = head.path?.lowercased().contains("/packages/") ?? false
            received = 0
            start(context, limits.bodyTimeout)
        case .body(let buffer):
            received += buffer.readableBytes
            if isLong, received >= Self.megabyte {
                received = 0
                start(context, limits.bodyTimeout)
            }
        case .end where hasAnsweredEarly:
            hasAnsweredEarly = false
            stage = .waitingForNextHead
            start(context, limits.idleTimeout)
        case .end:
            stage = .answering
            deadline?.cancel()
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Nobody behind this handler asks for more once the answer is out.
        if stage == .closing { context.read() }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.headerFields[.connection]?.lowercased() == "close" { closesAfterAnswer = true }
            hasBegunAnswer = true
            startAnswer(context)
            context.write(data, promise: promise)
        case .body(let buffer):
            sent += buffer.readableBytes
            if isLong, sent >= Self.megabyte { startAnswer(context) }
            context.write(data, promise: promise)
        case .end: finishAnswer(context, data, promise)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let parserError = error as? HTTPParserError, !hasBegunAnswer, stage != .closing else {
            context.close(promise: nil)
            return
        }
        let problem =
            parserError == .headerOverflow
            ? APIProblem(
                HTTPResponse.Status(code: 431, reasonPhrase: "Request Header Fields Too Large"),
                "The headers are too large.",
                errors: ["Headers may have \(limits.headerBytes) bytes and \(limits.headerCount) fields in total."]
            )
            : APIProblem.invalid("This is not a valid HTTP request.")
        refuse(context, problem)
    }

    /// Answers without asking anybody, and closes.
    private func refuse(_ context: ChannelHandlerContext, _ problem: APIProblem) {
        let body = ByteBuffer(bytes: problem.body.bytes)
        let fields: HTTPFields = [
            .contentType: APIResponse.jsonType, .contentLength: String(body.readableBytes), .connection: "close",
        ]
        stage = .closing
        context.write(wrapOutboundOut(.head(HTTPResponse(status: problem.status, headerFields: fields))), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // Nothing that still comes can be read as a request.
        context.close(mode: .output, promise: nil)
        linger(context)
    }

    private func finishAnswer(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        let isWhole = stage != .readingBody
        hasBegunAnswer = false
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in bound.value.answerDeadline?.cancel() }
        context.write(data, promise: written)
        if closesAfterAnswer {
            context.flush()
            if isWhole {
                // Nothing is on its way: the usual end of a connection.
                stage = .closing
                start(context, Self.quietTime)
            } else {
                stage = .closing
                linger(context)
            }
        } else if isWhole {
            stage = .waitingForNextHead
            start(context, limits.idleTimeout)
        } else {
            hasAnsweredEarly = true
        }
    }

    /// Takes and forgets what still comes, until nothing comes for a moment, but no longer than a body may take; then
    /// closes. A client that is busy sending a large body would take an earlier end of the connection for a failure,
    /// and never look at the answer.
    private func linger(_ context: ChannelHandlerContext) {
        start(context, Self.quietTime)
        lingerDeadline?.cancel()
        lingerDeadline = close(context, after: limits.bodyTimeout)
        context.read()
    }

    private func throwAway(_ data: NIOAny, _ context: ChannelHandlerContext) {
        switch unwrapInboundIn(data) {
        case .body(let buffer):
            thrownAway += buffer.readableBytes
            start(context, Self.quietTime)
            if thrownAway > 256 << 20 { context.close(promise: nil) }
        case .end: context.close(promise: nil)
        case .head: break
        }
    }

    private func start(_ context: ChannelHandlerContext, _ time: Duration) {
        deadline?.cancel()
        deadline = close(context, after: time)
    }

    private func startAnswer(_ context: ChannelHandlerContext) {
        sent = 0
        answerDeadline?.cancel()
        answerDeadline = close(context, after: limits.responseTimeout)
    }

    private func close(_ context: ChannelHandlerContext, after time: Duration) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: TimeAmount(time)) { channel.close(promise: nil) }
    }

    private func cancelAll() {
        deadline?.cancel()
        answerDeadline?.cancel()
        lingerDeadline?.cancel()
    }
}
