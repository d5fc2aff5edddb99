import Glibc
import Instances
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

/// What is served at a shared address now; connections that come in ask for it.
final class ServedAddress: Sendable {
    private let state: Mutex<(listener: FrontDoorPlan.Listener, certificates: Certificates?)>

    /// - Throws: when a certificate cannot be read.
    init(_ listener: FrontDoorPlan.Listener) throws {
        state = Mutex((listener, try Self.certificates(listener)))
    }

    var listener: FrontDoorPlan.Listener { state.withLock { $0.listener } }

    var current: (listener: FrontDoorPlan.Listener, certificates: Certificates?) { state.withLock { $0 } }

    /// Serves something else from the next connection on.
    ///
    /// - Throws: when a certificate cannot be read; what was served before is served on.
    func serve(_ listener: FrontDoorPlan.Listener) throws {
        guard self.listener != listener else { return }
        let certificates = try Self.certificates(listener)
        state.withLock { $0 = (listener, certificates) }
    }

    private static func certificates(_ listener: FrontDoorPlan.Listener) throws -> Certificates? {
        listener.isTLS ? try Certificates(listener.certificates) : nil
    }
}

/// Opens one shared address.
struct FrontListener: Sendable {
    let served: ServedAddress
    let traffic: Traffic

    func open() async throws -> any Channel {
        let served = served
        let traffic = traffic
        let listener = served.listener
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // A single address of a port and all of them can be open at once while one takes over from the other.
            .serverChannelOption(.socketOption(.init(rawValue: SO_REUSEPORT)), value: 1)
            .serverChannelOption(.backlog, value: 512)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (listener, certificates) = served.current
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(90)))
                    if let certificates { try certificates.addHandlers(to: pipeline) }
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(FrontHandler(listener: listener, traffic: traffic))
                }
            }
            .bind(host: listener.host == "*" ? "0.0.0.0" : listener.host, port: listener.port).get()
    }
}

/// The certificates of one shared address; the name that the client asks for (SNI) decides between several.
struct Certificates: Sendable {
    private let byName: [String: NIOSSLContext]
    private let first: NIOSSLContext

    /// - Throws: when a file cannot be read or does not fit.
    init(_ certificates: [FrontDoorPlan.Certificate]) throws {
        var byName: [String: NIOSSLContext] = [:]
        var first: NIOSSLContext?
        for certificate in certificates {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate.files.certificateFile)
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: certificate.files.privateKeyFile, format: .pem))
            )
            tls.minimumTLSVersion = .tlsv12
            let context = try NIOSSLContext(configuration: tls)
            byName[certificate.host] = byName[certificate.host] ?? context
            first = first ?? context
        }
        guard let first else { throw FrontDoorError.noCertificate }
        self.byName = byName
        self.first = first
    }

    func addHandlers(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        guard byName.count > 1 else { return try pipeline.addHandler(NIOSSLServerHandler(context: first)) }
        let byName = byName
        let first = first
        let channel = try pipeline.context(handlerType: IdleStateHandler.self).channel
        let chooser = SNIHandler { result in
            let name = if case .hostname(let name) = result { name.lowercased() } else { "" }
            let context = byName[name] ?? first
            return channel.eventLoop.makeCompletedFuture {
                let operations = channel.pipeline.syncOperations
                // After the chooser: what that has read so far goes on to the handler behind it.
                let chooser = try operations.handler(type: ByteToMessageHandler<SNIHandler>.self)
                try operations.addHandler(NIOSSLServerHandler(context: context), position: .after(chooser))
            }
        }
        try pipeline.addHandler(ByteToMessageHandler(chooser))
    }
}

enum FrontDoorError: Error, CustomStringConvertible {
    case noCertificate
    case taken

    var description: String {
        switch self {
        case .noCertificate: "no instance at this address has a certificate"
        case .taken: "another program listens there"
        }
    }
}
