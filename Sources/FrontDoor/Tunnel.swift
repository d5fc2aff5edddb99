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
    private var isOver = false

    private init(traffic: Traffic) { self.traffic = traffic }

    /// Takes both connections, which are on the same event loop, out of HTTP: what reads and writes messages gets nothing
    /// any more. The client gets the answer, and what the instance has sent with it.
    ///
    /// - Parameters:
    ///   - answer: of the instance, with the status 101.
    ///   - traffic: counts it as open already.
    static func open(_ front: any Channel, _ back: any Channel, answer: HTTPResponseHead, traffic: Traffic) {
        let tunnel = Tunnel(traffic: traffic)
        let (client, instance) = (End(tunnel), End(tunnel))
        client.partner = instance
        instance.partner = client
        do {
            let encoder = try front.pipeline.syncOperations.handler(type: HTTPResponseEncoder.self)
            try front.pipeline.syncOperations.addHandler(client, position: .before(encoder))
            let rest = try back.pipeline.syncOperations.handler(type: RestOfAgreement.self)
            try back.pipeline.syncOperations.addHandler(instance, position: .after(rest))
            client.write(answer)
            rest.release()
            for end in [client, instance] { end.begin() }
        } catch {
            // One of them has closed in the meantime.
            client.end()
            front.close(promise: nil)
            back.close(promise: nil)
        }
    }

    private var isSilent: Bool { NIODeadline.now() - lastByte > Self.longestSilence }

    /// One of the two connections.
    private final class End: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        var partner: End?
        private let tunnel: Tunnel
        private var context: ChannelHandlerContext?
        private var isReading = true

        init(_ tunnel: Tunnel) { self.tunnel = tunnel }

        func handlerAdded(context: ChannelHandlerContext) { self.context = context }

        func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

        func write(_ answer: HTTPResponseHead) {
            var text = "HTTP/1.1 \(answer.status.code) \(answer.status.reasonPhrase)\r\n"
            for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
            context.map { write($0.channel.allocator.buffer(string: text + "\r\n")) }
        }

        private func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }

        func begin() {
            context?.flush()
            // Reads of the channel itself would begin behind the readers of messages, which keep them back.
            context?.channel.setOption(.autoRead, value: false).whenFailure { _ in }
            context?.read()
        }

        private func setReading(_ isReading: Bool) {
            self.isReading = isReading
            if isReading { context?.read() }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            tunnel.lastByte = .now()
            partner?.write(unwrapInboundIn(data))
        }

        func channelReadComplete(context: ChannelHandlerContext) {
            partner?.context?.flush()
            if isReading { context.read() }
        }

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
            let promise = context.eventLoop.makePromise(of: Void.self)
            promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
            context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(capacity: 0)), promise: promise)
        }
    }
}

/// What an instance sends after it has agreed to another protocol: kept from who reads messages until somebody takes it.
final class RestOfAgreement: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let end = Array("\r\n\r\n".utf8)
    /// `HTTP/1.1 101`
    private static let statusLength = 12

    private enum State {
        /// In the head of an answer, whose beginning is known so far.
        case head(start: [UInt8])
        /// After an agreement.
        case kept(ByteBuffer)
        /// Everything passes.
        case open
    }

    private var state = State.head(start: [])
    /// How much of the blank line after a head has come.
    private var matched = 0
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        while bytes.readableBytes > 0 {
            switch state {
            case .open:
                context.fireChannelRead(wrapInboundOut(bytes))
                return
            case .kept(var known):
                known.writeBuffer(&bytes)
                state = .kept(known)
                return
            case .head(let start): readHead(&bytes, start, context)
            }
        }
    }

    /// Passes on what belongs to the head.
    private func readHead(_ bytes: inout ByteBuffer, _ start: [UInt8], _ context: ChannelHandlerContext) {
        var start = start
        var length = 0
        for byte in bytes.readableBytesView {
            length += 1
            if start.count < Self.statusLength { start.append(byte) }
            matched = byte == Self.end[matched] ? matched + 1 : byte == Self.end[0] ? 1 : 0
            if matched == Self.end.count { break }
        }
        state = .head(start: start)
        if matched == Self.end.count {
            matched = 0
            let status = String(decoding: start.suffix(3), as: UTF8.self)
            // Another head follows an answer for the time being (103).
            state = status == "101" ? .kept(ByteBuffer()) : status.hasPrefix("1") ? .head(start: []) : .open
        }
        if let head = bytes.readSlice(length: length) { context.fireChannelRead(wrapInboundOut(head)) }
    }

    /// Lets what was kept, and all that follows, pass on.
    func release() {
        guard case .kept(let bytes) = state else { return }
        state = .open
        if bytes.readableBytes > 0 { context?.fireChannelRead(wrapInboundOut(bytes)) }
    }
}
