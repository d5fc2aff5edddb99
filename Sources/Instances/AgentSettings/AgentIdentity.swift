import Crypto
public import Foundation
import SwiftASN1
import X509

/// Who an agent is: a private key and the certificate of its own that goes with it, in one file, so that both change at
/// once. Servers know the agent by the certificate's thumbprint.
public struct AgentIdentity: Sendable {
    /// PEM text of the certificate.
    public let certificate: String
    /// PEM text of the private key. Never printed or logged.
    public let privateKey: String
    public let thumbprint: Thumbprint
    /// SHA-256 of the public key, in base64; survives a new certificate for the same key.
    public let pin: String
    public let notAfter: Date

    /// A new key with a certificate that it signed itself.
    ///
    /// - Parameter name: the common name in the certificate.
    public static func make(name: String, now: Date = .now) throws(InstanceError) -> AgentIdentity {
        do {
            let key = P256.Signing.PrivateKey()
            let subject = try DistinguishedName { CommonName(name) }
            let certificate = try Certificate(
                version: .v3,
                serialNumber: Certificate.SerialNumber(),
                publicKey: Certificate.PublicKey(key.publicKey),
                notValidBefore: now.addingTimeInterval(-86_400),
                notValidAfter: now.addingTimeInterval(100 * 365.25 * 86_400),
                issuer: subject,
                subject: subject,
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                },
                issuerPrivateKey: Certificate.PrivateKey(key)
            )
            return try AgentIdentity(
                certificate: certificate,
                text: try certificate.serializeAsPEM().pemString,
                privateKey: key.pemRepresentation
            )
        } catch {
            throw .badSetting(setting: "certificate", problem: "no certificate can be made: \(error)")
        }
    }

    /// Reads a key and its certificate from PEM text; the certificate of the agent itself is the first.
    ///
    /// - Parameter path: of the file, for the error.
    /// - Throws: ``InstanceError/badSecret(path:reason:)``, also when the two do not belong together.
    public init(pem: String, path: String) throws(InstanceError) {
        func bad(_ reason: String) -> InstanceError { .badSecret(path: path, reason: reason) }
        let documents: [PEMDocument]
        do {
            documents = try PEMDocument.parseMultiple(pemString: pem)
        } catch {
            throw bad("it is not PEM text with a certificate and its private key")
        }
        guard let leaf = documents.first(where: { $0.discriminator == "CERTIFICATE" }) else {
            throw bad("there is no certificate in it")
        }
        guard let secret = documents.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }) else {
            throw bad("there is no private key in it")
        }
        do {
            let certificate = try Certificate(pemDocument: leaf)
            let key = try Certificate.PrivateKey(pemDocument: secret)
            guard key.publicKey == certificate.publicKey else {
                throw bad("its private key does not belong to its certificate")
            }
            try self.init(certificate: certificate, text: leaf.pemString, privateKey: secret.pemString)
        } catch let problem as InstanceError {
            throw problem
        } catch {
            throw bad("the certificate or the key in it cannot be understood")
        }
    }

    private init(certificate: Certificate, text: String, privateKey: String) throws {
        self.certificate = text
        self.privateKey = privateKey
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        thumbprint = Thumbprint(digest: Insecure.SHA1.hash(data: serializer.serializedBytes))
        pin = Data(SHA256.hash(data: Data(certificate.publicKey.subjectPublicKeyInfoBytes))).base64EncodedString()
        notAfter = certificate.notValidAfter
    }

    var fileBytes: [UInt8] { Array("\(privateKey)\n\(certificate)\n".utf8) }
}

/// The file of an agent's identity, which nobody but the agent's account may read.
public struct AgentIdentityFile: Sendable {
    public let path: String
    private let directory: String

    public init(paths: InstancePaths, slug: String) {
        directory = paths.secretsDirectory(.agent, slug)
        path = "\(directory)/identity.pem"
    }

    /// - Throws: ``InstanceError/badSecret(path:reason:)`` when it is missing, damaged, or open to other users.
    public func read() throws(InstanceError) -> AgentIdentity {
        guard let bytes = try DurableFile.read(path) else {
            throw .badSecret(
                path: path,
                reason:
                    "the file is missing. Put it back from a backup, or make a new identity, which every server has "
                    + "to learn: \(InstanceKind.agent.program) new-certificate"
            )
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw .badSecret(path: path, reason: "other users may read it. Close it with chmod 600 \(quoted(path))")
        }
        return try AgentIdentity(pem: String(decoding: bytes, as: UTF8.self), path: path)
    }

    /// Makes an identity unless there is one; an existing one is never changed.
    func makeOnce() throws(InstanceError) {
        guard !DurableFile.exists(path) else { return }
        try Directories.make(directory, mode: 0o700)
        try DurableFile.createOnce(try AgentIdentity.make(name: "Skerry Agent").fileBytes, at: path, mode: 0o600)
    }

    /// Puts another identity in its place and keeps the one before beside it.
    ///
    /// - Returns: where the old one is now, if there was one.
    func replace(with identity: AgentIdentity) throws(InstanceError) -> String? {
        try Directories.make(directory, mode: 0o700)
        let old = try DurableFile.read(path)
        let kept = "\(directory)/identity.previous.pem"
        if let old { try DurableFile.write(old, to: kept, mode: 0o600) }
        try DurableFile.write(identity.fileBytes, to: path, mode: 0o600)
        return old == nil ? nil : kept
    }
}

extension InstanceRegistry {
    /// Gives an agent a new identity. A running agent keeps the old one until it is restarted.
    ///
    /// - Parameters:
    ///   - identity: to be used; nil makes one.
    ///   - onlyIfMissing: leave one that is there as it is.
    /// - Returns: the identity as it is now, and where the one before is kept.
    public func renewIdentity(
        of record: InstanceRecord,
        with identity: AgentIdentity? = nil,
        onlyIfMissing: Bool = false
    ) throws(InstanceError) -> (identity: AgentIdentity, previous: String?) {
        try changing { () throws(InstanceError) in
            let current = try find(record.slug, in: try records())
            let file = AgentIdentityFile(paths: paths, slug: current.slug)
            if onlyIfMissing, DurableFile.exists(file.path) { return (try file.read(), nil) }
            let identity = if let identity { identity } else { try AgentIdentity.make(name: "Skerry Agent") }
            let previous = try file.replace(with: identity)
            try AccountAccess(registry: self, record: current).giveBack(paths.secretsDirectory(kind, current.slug))
            return (identity, previous)
        }
    }
}
