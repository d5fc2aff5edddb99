import NIOCore
import NIOHTTP1

/// Two connections that speak something else than HTTP from now on, because an instance has agreed to it (WebSocket,
/// RFC 6455): bytes pass as they come, both ways, until either side closes or nothing has come for an hour.
///
/// When one side is slow, the other is no longer read.
final class Tunnel {
    /// Peers that are there say something much more often.
    private static let longestSilence = TimeAmount.hours(1)

    private let traffic: Traffic
    private var lastByte = NIODeadline.now()
    private var hasBegun = false
    private var isOver = false

    private init(traffic: Traffic) { self.traffic = traffic }

    /// Takes both connections, which are on the same event loop, out of HTTP.
    ///
    /// The client gets the answer as the last step: before that it may not send anything.
    /// - Parameters:
    ///   - answer: of the instance, with the status 101.
    ///   - traffic: counts it as open already.
    static func open(_ front: any Channel, _ back: any Channel, answer: HTTPResponseHead, traffic: Traffic) {
        let tunnel = Tunnel(traffic: traffic)
        let (client, instance) = (End(tunnel), End(tunnel))
        client.partner = instance
        instance.partner = client
        do {
            let frontPipeline = front.pipeline.syncOperations
            let backPipeline = back.pipeline.syncOperations
            try frontPipeline.addHandler(client)
            try backPipeline.addHandler(instance)
            // What works on messages goes before what makes them of bytes.
            let removals = [
                try remove(FrontHandler.self, frontPipeline), try remove(Backend.self, backPipeline),
                try remove(HTTPServerProtocolErrorHandler.self, frontPipeline),
                try remove(NIOHTTPResponseHeadersValidator.self, frontPipeline),
                try remove(NIOHTTPRequestHeadersValidator.self, backPipeline),
                try remove(HTTPServerPipelineHandler.self, frontPipeline),
                try remove(HTTPResponseEncoder.self, frontPipeline), try remove(HTTPRequestEncoder.self, backPipeline),
                try remove(ByteToMessageHandler<HTTPRequestDecoder>.self, frontPipeline),
                try remove(ByteToMessageHandler<HTTPResponseDecoder>.self, backPipeline),
            ]
            EventLoopFuture.andAllSucceed(removals, on: front.eventLoop).assumeIsolated().whenComplete { result in
                switch result {
                case .success: client.begin(answer)
                case .failure: client.end()
                }
            }
        } catch {
            // One of them has closed in the meantime.
            client.end()
            front.close(promise: nil)
            back.close(promise: nil)
        }
    }

    private static func remove<Handler: RemovableChannelHandler>(
        _ type: Handler.Type,
        _ pipeline: ChannelPipeline.SynchronousOperations
    ) throws -> EventLoopFuture<Void> {
        pipeline.removeHandler(try pipeline.handler(type: type))
    }

    private var isSilent: Bool { NIODeadline.now() - lastByte > Self.longestSilence }

    /// One of the two connections.
    private final class End: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        var partner: End?
        private let tunnel: Tunnel
        private var context: ChannelHandlerContext?
        /// What came for it before it could be written.
        private var early: [ByteBuffer] = []

        init(_ tunnel: Tunnel) { self.tunnel = tunnel }

        func handlerAdded(context: ChannelHandlerContext) { self.context = context }

        func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

        /// Answers the client, and reads on both sides.
        func begin(_ answer: HTTPResponseHead) {
            guard !tunnel.isOver, let context else { return }
            tunnel.hasBegun = true
            var text = "HTTP/1.1 \(answer.status.code) \(answer.status.reasonPhrase)\r\n"
            for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
            write(context.channel.allocator.buffer(string: text + "\r\n"))
            for end in [self, partner] { end?.go() }
        }

        private func go() {
            for bytes in early { write(bytes) }
            early = []
            context?.flush()
            setReading(true)
            context?.read()
        }

        private func write(_ bytes: ByteBuffer) {
            guard tunnel.hasBegun else { return early.append(bytes) }
            context?.write(wrapOutboundOut(bytes), promise: nil)
        }

        private func setReading(_ isReading: Bool) {
            context?.channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            tunnel.lastByte = .now()
            partner?.write(unwrapInboundIn(data))
        }

        func channelReadComplete(context: ChannelHandlerContext) { partner?.context?.flush() }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            partner?.setReading(context.channel.isWritable)
        }

        func channelInactive(context: ChannelHandlerContext) { end() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { end() }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event is IdleStateHandler.IdleStateEvent, tunnel.isSilent { end() }
        }

        /// Closes both connections, once; what was read is written before.
        func end() {
            guard !tunnel.isOver else { return }
            tunnel.isOver = true
            tunnel.traffic.endTunnel()
            let partner = partner
            self.partner = nil
            partner?.partner = nil
            for end in [self, partner] { end?.close() }
        }

        private func close() {
            guard let context else { return }
            let channel = context.channel
            guard tunnel.hasBegun else { return channel.close(promise: nil) }
            let promise = context.eventLoop.makePromise(of: Void.self)
            promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
            context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0)), promise: promise)
        }
    }
}
