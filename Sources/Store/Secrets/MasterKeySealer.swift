import Crypto
import Foundation

/// Seals with AES-256-GCM under a key derived from the instance's master key.
///
/// A sealed value is: one byte version, four bytes key id, twelve bytes random nonce, ciphertext, sixteen bytes tag.
/// The version, the key id and the context are authenticated with it.
public struct MasterKeySealer: SecretSealer {
    private static let version: UInt8 = 1
    private static let headerLength = 5
    private static let nonceLength = 12
    private static let tagLength = 16

    private let key: SymmetricKey
    private let header: [UInt8]

    /// - Parameter masterKey: 32 random bytes.
    /// - Throws: ``SealError/badKeyLength(_:)``.
    public init(masterKey: [UInt8]) throws {
        guard masterKey.count == 32 else { throw SealError.badKeyLength(masterKey.count) }
        let master = SymmetricKey(data: masterKey)
        key = Self.derive(master, "skerry secrets 1", 32)
        let keyID = Self.derive(master, "skerry key id 1", 4).withUnsafeBytes { [UInt8]($0) }
        header = [Self.version] + keyID
    }

    public func seal(_ plaintext: [UInt8], context: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(plaintext, using: key, nonce: AES.GCM.Nonce(), authenticating: bound(to: context))
        return header + [UInt8](box.nonce) + [UInt8](box.ciphertext) + [UInt8](box.tag)
    }

    public func open(_ sealed: [UInt8], context: String) throws -> [UInt8] {
        let least = Self.headerLength + Self.nonceLength + Self.tagLength
        guard sealed.count >= least, sealed[0] == Self.version else { throw SealError.otherFormat }
        guard sealed.starts(with: header) else { throw SealError.otherKey }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed[Self.headerLength...])
            return [UInt8](try AES.GCM.open(box, using: key, authenticating: bound(to: context)))
        } catch {
            // The library's own errors say no more than this.
            throw SealError.notAuthentic
        }
    }

    private func bound(to context: String) -> [UInt8] { header + Array(context.utf8) }

    private static func derive(_ master: SymmetricKey, _ purpose: String, _ count: Int) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: master, info: Array(purpose.utf8), outputByteCount: count)
    }
}
