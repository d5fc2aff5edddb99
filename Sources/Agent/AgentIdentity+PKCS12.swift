import Foundation
public import Instances
import NIOSSL

extension AgentIdentity {
    /// Whether bytes are a PKCS #12 file (`.pfx`) and not PEM text: these begin with the tag of a sequence.
    public static func looksLikePKCS12(_ bytes: [UInt8]) -> Bool { bytes.first == 0x30 }

    /// Reads a key and its certificate from a PKCS #12 file.
    ///
    /// - Parameter path: of the file, for the error.
    /// - Throws: ``InstanceError/badSecret(path:reason:)``, also for a wrong password.
    public init(pkcs12 bytes: [UInt8], password: String, path: String) throws(InstanceError) {
        guard let bundle = try? NIOSSLPKCS12Bundle(buffer: bytes, passphrase: password.utf8),
            let leaf = bundle.certificateChain.first, let certificate = try? leaf.toDERBytes(),
            let key = try? bundle.privateKey.derBytes
        else {
            throw .badSecret(
                path: path,
                reason: "its password is another one, or it is damaged, or it does not hold a certificate and its key"
            )
        }
        // What kind of key it is does not stand in it.
        var problem: InstanceError?
        for type in ["EC PRIVATE KEY", "RSA PRIVATE KEY", "PRIVATE KEY"] {
            do {
                try self.init(pem: Self.pem("CERTIFICATE", certificate) + Self.pem(type, key), path: path)
                return
            } catch {
                problem = error
            }
        }
        throw problem ?? .badSecret(path: path, reason: "the key in it cannot be understood")
    }

    private static func pem(_ type: String, _ bytes: [UInt8]) -> String {
        let lines = Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return "-----BEGIN \(type)-----\n\(lines)\n-----END \(type)-----\n"
    }
}
