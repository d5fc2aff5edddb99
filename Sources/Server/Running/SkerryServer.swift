import Catalog
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
import NIOSSL
public import ServiceLifecycle
public import Store
import Synchronization

/// One server instance: the HTTP API over a document store.
///
/// Run it in a `ServiceGroup`; on graceful shutdown it takes no new connections, ends the requests that it has, and
/// returns.
public final class SkerryServer: Service {
    /// An address that the server listens on.
    public struct Endpoint: Sendable, Hashable {
        public var host: String
        /// The real one, also where 0 was configured.
        public var port: Int
        public var usesTLS: Bool
        /// The host is the path of the socket for the front door.
        public var isDoor = false

        /// `http://127.0.0.1:8065`
        public var url: String {
            let name = host.contains(":") ? "[\(host)]" : host
            return "\(usesTLS ? "https" : "http")://\(name):\(port)"
        }
    }

    private let configuration: ServerConfiguration
    private let store: DocumentStore
    private let logger: Logger
    private let listening = ListeningEndpoints()

    public init(configuration: ServerConfiguration, store: DocumentStore, logger: Logger) {
        self.configuration = configuration
        self.store = store
        self.logger = logger
    }

    /// The addresses, as soon as the server listens on all of them.
    ///
    /// - Throws: what kept the server from starting.
    public func endpoints() async throws -> [Endpoint] { try await listening.wait() }

    /// Serves until shutdown.
    ///
    /// - Throws: ``ServerError``, `StoreError`, `SQLError`.
    public func run() async throws {
        do {
            let applications = try await applications()
            try await serve(applications)
            listening.fail(CancellationError())
        } catch {
            listening.fail(error)
            throw error
        }
    }

    private func applications() async throws -> [any Service] {
        _ = ProcessFigures.started
        try checkAddresses()
        let resources = Resources.standard
        let installationID = try await FirstStart.prepare(store, resources)
        let services = Services(
            configuration: configuration,
            store: store,
            resources: resources,
            installationID: installationID,
            logger: logger
        )
        let used = try await store.read { try PackageShelf.hashes($0) }
        try services.packages?.prepare(keeping: used)
        if let git = services.git {
            let projects = try await store.read { reader in
                try reader.page(DocumentQuery(kind: .projects, spaces: nil, order: .created)).items.map(\.id)
            }
            try git.prepare(keeping: Set(projects))
        }
        let router = Router(tree: RouteTree(AllRoutes.table(services)), spaces: services.spaces)
        let admission = Admission(limit: configuration.limits.concurrentRequests)
        listening.expect(configuration.addresses.count + (configuration.doorPath == nil ? 0 : 1))
        var result: [any Service] = [ExternalChanges(store: store, logger: logger)]
        for address in configuration.addresses {
            let responder = Responder(
                services: services,
                router: router,
                isSecure: address.usesTLS,
                admission: admission
            )
            result.append(try application(responder, address))
        }
        if let path = configuration.doorPath {
            var responder = Responder(services: services, router: router, isSecure: false, admission: admission)
            responder.isBehindDoor = true
            result.append(door(responder, path))
        }
        return result
    }

    private var http: HTTPServerBuilder {
        let limits = configuration.limits
        return .http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionGuard(limits: limits)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerBytes,
                    maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: limits.headerCount
                )
            )
        )
    }

    private var quietLogger: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    private func door(_ responder: Responder, _ path: String) -> any Service {
        // Left by a process that was killed; who may run the instance holds its lock.
        unlink(path)
        let listening = listening
        return Application(
            responder: responder,
            server: http,
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: path),
                serverName: "Skerry",
                availableConnectionsDelegate: .maximum(configuration.limits.connections, logger: quietLogger)
            ),
            onServerRunning: { _ in
                // As open as a port of the loopback interface: who connects has to sign in all the same.
                chmod(path, 0o666)
                listening.add(Endpoint(host: path, port: 0, usesTLS: false, isDoor: true))
            },
            logger: quietLogger
        )
    }

    private func application(_ responder: Responder, _ address: ServerConfiguration.Address) throws -> any Service {
        let http = http
        let builder = address.usesTLS ? try HTTPServerBuilder.tls(http, tlsConfiguration: try tls(address)) : http
        let quiet = quietLogger
        let listening = listening
        let application = Application(
            responder: responder,
            server: builder,
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                serverName: "Skerry",
                availableConnectionsDelegate: .maximum(configuration.limits.connections, logger: quiet)
            ),
            onServerRunning: { channel in
                listening.add(
                    Endpoint(
                        host: address.host,
                        port: channel.localAddress?.port ?? address.port,
                        usesTLS: address.usesTLS
                    )
                )
            },
            logger: quiet
        )
        return Listener(address: address, application: application)
    }

    private func checkAddresses() throws {
        guard !configuration.addresses.isEmpty || configuration.doorPath != nil else { throw ServerError.noAddress }
        for address in configuration.addresses {
            if address.usesTLS {
                guard configuration.tls != nil else { throw ServerError.noCertificate(host: address.host) }
            } else if !configuration.allowPlainHTTP, !Self.isLoopback(address.host) {
                throw ServerError.plainHTTPRefused(host: address.host)
            }
        }
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private func tls(_ address: ServerConfiguration.Address) throws -> TLSConfiguration {
        guard let tls = configuration.tls else { throw ServerError.noCertificate(host: address.host) }
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(tls.certificatePath)
        } catch {
            throw ServerError.badCertificate(path: tls.certificatePath, reason: "\(error)")
        }
        do {
            let key = try NIOSSLPrivateKey(file: tls.keyPath, format: .pem)
            var result = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
            result.minimumTLSVersion = .tlsv12
            // Makes the check that key and certificate belong together happen now.
            _ = try NIOSSLContext(configuration: result)
            return result
        } catch {
            throw ServerError.badCertificate(path: tls.keyPath, reason: "\(error)")
        }
    }

    private func serve(_ services: [any Service]) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup
                )
            },
            logger: Logger(label: "skerry.services") { _ in SwiftLogNoOpLogHandler() }
        )
        configuration.maximumGracefulShutdownDuration = self.configuration.shutdownGrace
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// The server on one of its addresses; an error of the system says which.
private struct Listener: Service {
    let address: ServerConfiguration.Address
    let application: any Service

    func run() async throws {
        do {
            try await application.run()
        } catch let error as IOError {
            let host = address.host.contains(":") ? "[\(address.host)]" : address.host
            throw ServerError.cannotListen(
                address: "\(host):\(address.port)",
                reason: String(cString: strerror(error.errnoCode)).lowercased()
            )
        }
    }
}

/// The endpoints of a server that starts, for whoever waits for them.
private final class ListeningEndpoints: Sendable {
    private struct State {
        var expected = Int.max
        var endpoints: [SkerryServer.Endpoint] = []
        var failure: (any Error)?
        var waiting: [CheckedContinuation<[SkerryServer.Endpoint], any Error>] = []
    }

    private let state = Mutex(State())

    func expect(_ count: Int) { state.withLock { $0.expected = count } }

    func add(_ endpoint: SkerryServer.Endpoint) {
        resume { $0.endpoints.append(endpoint) }
    }

    func fail(_ error: any Error) {
        resume { $0.failure = $0.failure ?? error }
    }

    func wait() async throws -> [SkerryServer.Endpoint] {
        try await withCheckedThrowingContinuation { continuation in
            resume { $0.waiting.append(continuation) }
        }
    }

    private func resume(_ change: (inout State) -> Void) {
        let (waiting, result) = state.withLock { state in
            change(&state)
            let result: Result<[SkerryServer.Endpoint], any Error>? =
                if let failure = state.failure, state.endpoints.count < state.expected {
                    .failure(failure)
                } else if state.endpoints.count >= state.expected {
                    .success(state.endpoints)
                } else {
                    nil
                }
            guard let result else { return ([CheckedContinuation<[SkerryServer.Endpoint], any Error>](), result) }
            defer { state.waiting = [] }
            return (state.waiting, .some(result))
        }
        guard let result else { return }
        for continuation in waiting { continuation.resume(with: result) }
    }
}

/// Looks whether another process wrote to the database, and makes all caches forget when it did.
private struct ExternalChanges: Service {
    private static let interval = Duration.milliseconds(250)

    let store: DocumentStore
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // A server may be told to stop before it has looked for the first time.
            var known = try? await store.externalChangeMarker()
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: Self.interval)
                } catch {
                    return
                }
                do {
                    let marker = try await store.externalChangeMarker()
                    if marker != known { store.changes.invalidateAll() }
                    known = marker
                } catch {
                    store.changes.invalidateAll()
                    logger.warning("Cannot see whether others changed the database", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
