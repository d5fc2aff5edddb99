import AsyncHTTPClient
public import Catalog
public import Instances
import NIOCore
import NIOSSL

/// Asks a running agent how it is, and believes only the one that proves to have the identity.
public enum AgentProbe {
    /// - Parameter address: `https://127.0.0.1:10933`
    /// - Returns: the agent's status document.
    /// - Throws: ``AgentError/notAnswering(reason:)``.
    public static func status(at address: String, of identity: AgentIdentity) async throws -> JSON {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8)))
        // The certificate names no host; that it is this one is all that counts.
        tls.certificateVerification = .noHostnameVerification
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.timeout = .init(connect: .seconds(3), read: .seconds(3))
        configuration.httpVersion = .http1Only
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let url = address.replacing("//*:", with: "//127.0.0.1:") + "/status"
            let response = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(5))
            let body = try await response.body.collect(upTo: 64 << 10)
            try await client.shutdown()
            return try JSON.parse(Array(body.readableBytesView))
        } catch {
            try? await client.shutdown()
            let isOther = "\(error)".contains("CERTIFICATE_VERIFY_FAILED")
            throw AgentError.notAnswering(reason: isOther ? "it shows another certificate" : "\(error)")
        }
    }
}
