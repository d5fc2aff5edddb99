import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A real HTTP server on a free port of the loopback interface, whose answers a test decides.
public final class ScriptedServer: Sendable {
    public struct Request: Sendable {
        public var method: String
        public var path: String
        public var query: [String: String]
        /// By name in lower case.
        public var headers: [String: String]
        public var body: [UInt8]
    }

    public struct Answer: Sendable {
        public var status = 200
        public var headers: [String: String] = ["Content-Type": "application/json"]
        public var body: [UInt8] = []
        /// The head and the body are sent, but the end never comes.
        public var staysOpen = false
        /// The connection is closed instead of an answer.
        public var hangsUp = false

        public init(_ status: Int = 200, _ text: String = "", contentType: String = "application/json") {
            self.status = status
            headers = ["Content-Type": contentType]
            body = Array(text.utf8)
        }

        public static let hangUp: Answer = {
            var answer = Answer()
            answer.hangsUp = true
            return answer
        }()
    }

    public let port: Int
    public var url: String { "http://127.0.0.1:\(port)" }
    private let channel: any Channel
    private let log: Log

    /// - Parameter answer: called for each request, possibly from several connections at once.
    public init(_ answer: @escaping @Sendable (Request) -> Answer) async throws {
        let log = Log()
        self.log = log
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(AnswerHandler(log: log, answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// Everything that was asked so far, in order of arrival.
    public var requests: [Request] { log.requests.withLock { $0 } }

    public func stop() async throws { try await channel.close() }

    final class Log: Sendable {
        let requests = Mutex<[Request]>([])
    }
}

private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let log: ScriptedServer.Log
    private let answer: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(log: ScriptedServer.Log, answer: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer) {
        self.log = log
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part): body += Array(part.readableBytesView)
        case .end: respond(context)
        }
    }

    private func respond(_ context: ChannelHandlerContext) {
        guard let head else { return }
        let request = Self.request(head, body)
        log.requests.withLock { $0.append(request) }
        let answer = answer(request)
        guard !answer.hangsUp else { return context.close(promise: nil) }
        var headers = HTTPHeaders(answer.headers.map { ($0.key, $0.value) })
        if !answer.staysOpen { headers.replaceOrAdd(name: "Content-Length", value: String(answer.body.count)) }
        let status = HTTPResponseStatus(statusCode: answer.status)
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
            promise: nil
        )
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        if !answer.staysOpen { context.write(wrapOutboundOut(.end(nil)), promise: nil) }
        context.flush()
    }

    private static func request(_ head: HTTPRequestHead, _ body: [UInt8]) -> ScriptedServer.Request {
        let parts = head.uri.split(separator: "?", maxSplits: 1).map(String.init)
        var query: [String: String] = [:]
        for item in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1).map(String.init)
            query[pair[0]] = pair.count > 1 ? pair[1].removingPercentEncoding ?? pair[1] : ""
        }
        let fields = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $0 + ", " + $1 }
        return ScriptedServer.Request(
            method: head.method.rawValue,
            path: parts[0],
            query: query,
            headers: fields,
            body: body
        )
    }
}
