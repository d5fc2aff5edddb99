import Instances
import NIOCore
import NIOHTTP1
import NIOPosix

/// One connection to an instance. Lives on the event loop of the client that it serves.
final class Backend: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// Whom it serves now.
    weak var front: FrontHandler?
    /// Whether it has served a request before: then the instance may have closed it without our knowing.
    private(set) var isReused = false
    /// Whether the last answer allows for another request.
    private(set) var mayBeReused = true
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    var channel: (any Channel)? { context?.channel }

    var isOpen: Bool { context?.channel.isActive == true }

    func markReused() { isReused = true }

    func write(_ part: HTTPClientRequestPart) { context?.write(wrapOutboundOut(part), promise: nil) }

    func flush() { context?.flush() }

    func close() { context?.close(promise: nil) }

    func setReading(_ isReading: Bool) {
        context?.channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .head(let head) = part { mayBeReused = head.isKeepAlive }
        front?.receive(part)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        front?.receivedAll()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        front?.setReading(context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        front?.lost(self)
        front = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Kept and not needed for a while.
        if event is IdleStateHandler.IdleStateEvent, front == nil { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}

/// The connections to instances that one event loop keeps for the next requests.
final class BackendPool {
    private static let most = 64
    /// Less than an instance waits for the next request.
    private static let longestIdle = TimeAmount.seconds(30)

    private var idle: [String: [Backend]] = [:]

    func take(_ socket: String) -> Backend? {
        while let backend = idle[socket]?.popLast() {
            if backend.isOpen {
                backend.markReused()
                return backend
            }
        }
        return nil
    }

    func put(_ backend: Backend, for socket: String) {
        guard idle[socket, default: []].count < Self.most else { return backend.close() }
        backend.setReading(true)
        idle[socket, default: []].append(backend)
    }

    /// - Parameter becomesTunnel: whether what follows an agreement to another protocol is kept for who reads that.
    func connect(
        _ socket: String,
        on loop: any EventLoop,
        becomesTunnel: Bool
    ) -> EventLoopFuture<Backend> {
        let place: SocketPlace
        do {
            place = try SocketPlace(socket)
        } catch {
            return loop.makeFailedFuture(error)
        }
        return ClientBootstrap(group: loop)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(allTimeout: Self.longestIdle))
                    try pipeline.addHTTPClientHandlers(
                        leftOverBytesStrategy: becomesTunnel ? .forwardBytes : .dropBytes
                    )
                    try pipeline.addHandler(Backend())
                }
            }
            .connect(unixDomainSocketPath: place.path)
            .always { _ in withExtendedLifetime(place) {} }
            .flatMapThrowing { try $0.pipeline.syncOperations.handler(type: Backend.self) }
    }
}
