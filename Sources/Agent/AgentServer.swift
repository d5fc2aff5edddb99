public import Instances
public import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
public import ServiceLifecycle
import Synchronization

/// One agent: it shows its identity to whoever connects, over TLS, and says how it is.
///
/// Run it in a `ServiceGroup`; on graceful shutdown it takes no new connections and returns.
public final class AgentServer: Service {
    private let configuration: AgentConfiguration
    private let identity: AgentIdentity
    private let version: String
    private let logger: Logger
    private let begun = Begun()

    public init(configuration: AgentConfiguration, identity: AgentIdentity, version: String, logger: Logger) {
        self.configuration = configuration
        self.identity = identity
        self.version = version
        self.logger = logger
    }

    /// Where it listens (`https://127.0.0.1:10933`), as soon as it does; nothing for one that takes no connections.
    ///
    /// - Throws: what kept it from starting.
    public func addresses() async throws -> [String] { try await begun.wait() }

    /// Serves until shutdown.
    ///
    /// - Throws: ``AgentError``.
    public func run() async throws {
        do {
            guard let address = configuration.address else {
                begun.finish(.success([]))
                try? await gracefulShutdown()
                return
            }
            let channel = try await listen(on: address)
            let port = channel.localAddress?.port ?? address.port
            begun.finish(.success([ListenPrefix(isTLS: true, host: address.host, port: port).url]))
            try? await gracefulShutdown()
            try? await channel.close()
        } catch {
            begun.finish(.failure(error))
            throw error
        }
    }

    private func listen(on address: ListenPrefix) async throws -> any Channel {
        let context = try tls()
        let page = StatusPage(identity: identity, version: version)
        let admission = ConnectionCount(limit: 200)
        let logger = logger
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard admission.enter() else { throw ChannelError.connectTimeout(.zero) }
                    channel.closeFuture.whenComplete { _ in admission.leave() }
                    let pipeline = channel.pipeline.syncOperations
                    // Who says nothing for so long is gone, or means no good.
                    try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(15)))
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(StatusHandler(page: page, logger: logger))
                }
            }
        do {
            return try await bootstrap.bind(host: address.isEveryInterface ? "::" : address.host, port: address.port)
                .get()
        } catch let error as IOError where address.isEveryInterface && error.errnoCode == EAFNOSUPPORT {
            // A machine without IPv6.
            return try await bootstrap.bind(host: "0.0.0.0", port: address.port).get()
        } catch {
            throw AgentError.cannotListen(address: address.url, reason: "\(error)")
        }
    }

    private func tls() throws -> NIOSSLContext {
        do {
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8))
                    .map { .certificate($0) },
                privateKey: .privateKey(
                    try NIOSSLPrivateKey(bytes: Array(identity.privateKey.utf8), format: .pem)
                )
            )
            tls.minimumTLSVersion = .tlsv12
            return try NIOSSLContext(configuration: tls)
        } catch {
            throw AgentError.badIdentity(reason: "\(error)")
        }
    }
}

/// Why an agent cannot start.
public enum AgentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `https://127.0.0.1:10933`
    case cannotListen(address: String, reason: String)
    case badIdentity(reason: String)
    case notAnswering(reason: String)

    public var description: String {
        switch self {
        case .cannotListen(let address, let reason):
            "Cannot listen on \(address): \(reason). Stop the program that uses the port, or choose another with "
                + "skerry-agent configure --port."
        case .badIdentity(let reason):
            "The agent's certificate or key cannot be used: \(reason). Put them back from a backup, or make new ones with "
                + "skerry-agent new-certificate."
        case .notAnswering(let reason): reason
        }
    }
}

/// Connections at a time.
private final class ConnectionCount: Sendable {
    private let limit: Int
    private let count = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    func enter() -> Bool {
        if count.add(1, ordering: .relaxed).newValue <= limit { return true }
        leave()
        return false
    }

    func leave() { count.subtract(1, ordering: .relaxed) }
}

/// The outcome of a start, for whoever waits for it.
private final class Begun: Sendable {
    private struct State {
        var result: Result<[String], any Error>?
        var waiting: [CheckedContinuation<[String], any Error>] = []
    }

    private let state = Mutex(State())

    func finish(_ result: Result<[String], any Error>) {
        let waiting = state.withLock { state in
            guard state.result == nil else { return [CheckedContinuation<[String], any Error>]() }
            state.result = result
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(with: result) }
    }

    func wait() async throws -> [String] {
        try await withCheckedThrowingContinuation { continuation in
            let known = state.withLock { state in
                if state.result == nil { state.waiting.append(continuation) }
                return state.result
            }
            if let known { continuation.resume(with: known) }
        }
    }
}
