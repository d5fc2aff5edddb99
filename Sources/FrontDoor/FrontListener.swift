import Instances
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOTLS

/// Opens one shared address.
struct FrontListener: Sendable {
    let listener: FrontDoorPlan.Listener
    let traffic: Traffic

    func open() async throws -> any Channel {
        let certificates = listener.isTLS ? try Certificates(listener.certificates) : nil
        let listener = listener
        let traffic = traffic
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 512)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
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
                let idle = try operations.handler(type: IdleStateHandler.self)
                try operations.addHandler(NIOSSLServerHandler(context: context), position: .after(idle))
            }
        }
        try pipeline.addHandler(ByteToMessageHandler(chooser))
    }
}

enum FrontDoorError: Error, CustomStringConvertible {
    case noCertificate

    var description: String { "no instance at this address has a certificate" }
}
