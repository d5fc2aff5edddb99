import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// One request that went through a ``RecordingProxy``.
public struct RecordedRequest: Sendable {
    public var method: String
    /// With its query.
    public var path: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// Nil when the connection was cut before an answer.
    public var status: Int?

    public var bodyText: String { String(decoding: body, as: UTF8.self) }

    /// It tells the server of a run of a sync.
    public var isReport: Bool { method == "PUT" && path.contains("/syncruns/") }
}

/// What a ``RecordingProxy`` does to a request instead of, or before, forwarding it.
public enum ProxyFault: Sendable {
    /// Close the connection; the upstream never sees the request.
    case cut
    /// Forward the request, then close the connection instead of answering.
    case cutAnswer
    /// Answer with this status and body; the upstream never sees the request.
    case answer(status: Int, body: String, headers: [String: String] = [:])
    /// Forward after this time.
    case delay(Duration)
    /// Forward when the gate is open.
    case hold(ProxyGate)
}

/// Holds requests up until a test has done what it wants to do in the meantime.
public final class ProxyGate: Sendable {
    private let opening = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)

    public init() {}

    deinit { open() }

    /// Only the first call does something.
    public func open() { opening.succeed() }

    func whenOpen(on loop: any EventLoop, _ work: @escaping @Sendable () -> Void) {
        opening.futureResult.hop(to: loop).whenComplete { _ in work() }
    }
}

/// An answer of the upstream, on its way to the client.
public struct ProxyAnswer: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
}

/// An HTTP proxy on a real socket in front of one upstream: records what goes through and can break it.
public final class RecordingProxy: Sendable {
    /// Decides what happens to a request; nil forwards it as it is.
    public typealias Rule = @Sendable (RecordedRequest) -> ProxyFault?

    /// The proxy's own address: `http://127.0.0.1:40123`.
    public let address: String
    private let record: ProxyRecord
    private let channel: any Channel

    /// Everything so far, in the order of arrival.
    public var requests: [RecordedRequest] { record.requests }

    /// The requests that change something of what the server manages.
    public var writes: [RecordedRequest] {
        requests.filter { !["GET", "HEAD", "OPTIONS"].contains($0.method) && !$0.isReport }
    }

    /// What the server was told of runs of a sync, for its records.
    public var reports: [RecordedRequest] { requests.filter(\.isReport) }

    public func forget() { record.clear() }

    /// Later requests go to another port: the upstream was started anew.
    public func setUpstream(port: Int) { record.setUpstream(port: port) }

    public func setRule(_ rule: Rule?) { record.setRule(rule) }

    /// What the proxy changes on the way, so that the upstream looks like a server of another version.
    public struct Translation: Sendable {
        /// The body that the upstream gets.
        public var request: @Sendable (RecordedRequest) -> [UInt8] = { $0.body }
        /// The answer that the client gets.
        public var answer: @Sendable (RecordedRequest, ProxyAnswer) -> ProxyAnswer = { $1 }

        public init() {}
    }

    public func setTranslation(_ translation: Translation?) { record.setTranslation(translation) }

    /// Runs a proxy in front of `http://127.0.0.1:<upstreamPort>` while `body` runs.
    public static func with<Result>(
        upstreamPort: Int,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (RecordingProxy) async throws -> Result
    ) async throws -> Result {
        let proxy = try await start(upstreamPort: upstreamPort)
        do {
            let result = try await body(proxy)
            try await proxy.channel.close()
            return result
        } catch {
            try? await proxy.channel.close()
            throw error
        }
    }

    private static func start(upstreamPort: Int) async throws -> RecordingProxy {
        let record = ProxyRecord(upstreamPort: upstreamPort)
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    try operations.configureHTTPServerPipeline(withPipeliningAssistance: true)
                    try operations.addHandler(ProxyHandler(record: record))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return RecordingProxy(channel: channel, record: record)
    }

    private init(channel: any Channel, record: ProxyRecord) {
        self.channel = channel
        self.record = record
        address = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    }
}

/// What a proxy's connections share.
final class ProxyRecord: Sendable {
    private struct State {
        var requests: [RecordedRequest] = []
        var rule: RecordingProxy.Rule?
        var translation: RecordingProxy.Translation?
        var upstreamPort: Int
        /// Counts the calls of ``clear()``, so that a late answer finds its own request or none.
        var generation = 0
    }

    struct Place: Sendable {
        var generation: Int
        var index: Int
    }

    private let state: Mutex<State>

    init(upstreamPort: Int) { state = Mutex(State(upstreamPort: upstreamPort)) }

    var upstreamPort: Int { state.withLock { $0.upstreamPort } }

    func setUpstream(port: Int) { state.withLock { $0.upstreamPort = port } }

    var requests: [RecordedRequest] { state.withLock { $0.requests } }

    func clear() {
        state.withLock { state in
            state.requests = []
            state.generation += 1
        }
    }

    func setRule(_ rule: RecordingProxy.Rule?) { state.withLock { $0.rule = rule } }

    func setTranslation(_ translation: RecordingProxy.Translation?) {
        state.withLock { $0.translation = translation }
    }

    var translation: RecordingProxy.Translation? { state.withLock { $0.translation } }

    /// Notes a request; returns its place in the record, and the fault that awaits it.
    func add(_ request: RecordedRequest) -> (place: Place, fault: ProxyFault?) {
        let (place, rule) = state.withLock { state in
            state.requests.append(request)
            return (Place(generation: state.generation, index: state.requests.count - 1), state.rule)
        }
        return (place, rule?(request))
    }

    func note(status: Int, at place: Place) {
        state.withLock { state in
            if state.generation == place.generation { state.requests[place.index].status = status }
        }
    }
}
