import Catalog
import Crypto
import CryptoExtras
import Foundation

/// A secret encrypted under a passphrase: AES-256-GCM with a key that scrypt makes of it.
struct WrappedSecret: Sendable, Hashable {
    static let leastPassphrase = 8
    private static let maxMemory = 256 << 20

    private var salt: [UInt8]
    private var rounds: Int
    private var blockSize: Int
    private var parallelism: Int
    private var sealed: [UInt8]

    /// - Throws: ``BackupError/passphraseTooShort(least:)``.
    init(_ secret: [UInt8], passphrase: String) throws {
        guard passphrase.count >= Self.leastPassphrase else {
            throw BackupError.passphraseTooShort(least: Self.leastPassphrase)
        }
        salt = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        // 128 MiB and about a third of a second for each guess.
        rounds = 1 << 17
        blockSize = 8
        parallelism = 1
        sealed = []
        let box = try AES.GCM.seal(secret, using: try key(passphrase), authenticating: Data(salt))
        sealed = Array(box.combined ?? Data())
    }

    /// - Throws: ``BackupError/passphraseWrong``.
    func open(passphrase: String) throws -> [UInt8] {
        let key = try key(passphrase)
        do {
            return [UInt8](
                try AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: key, authenticating: Data(salt))
            )
        } catch {
            throw BackupError.passphraseWrong
        }
    }

    private func key(_ passphrase: String) throws -> SymmetricKey {
        try KDF.Scrypt.deriveKey(
            from: Array(passphrase.utf8),
            salt: salt,
            outputByteCount: 32,
            rounds: rounds,
            blockSize: blockSize,
            parallelism: parallelism,
            maxMemory: Self.maxMemory
        )
    }

    var json: JSON {
        [
            "kdf": "scrypt", "rounds": .int(rounds), "blockSize": .int(blockSize), "parallelism": .int(parallelism),
            "salt": .string(Data(salt).base64EncodedString()), "cipher": "AES-256-GCM",
            "sealed": .string(Data(sealed).base64EncodedString()),
        ]
    }

    init?(json: JSON) {
        func bytes(_ key: String) -> [UInt8]? {
            json[key]?.stringValue.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
        }
        guard json["kdf"] == "scrypt", json["cipher"] == "AES-256-GCM", let salt = bytes("salt"),
            let sealed = bytes("sealed"), sealed.count < 1 << 20, let rounds = json["rounds"]?.intValue,
            (2...1 << 20).contains(rounds), let blockSize = json["blockSize"]?.intValue, (1...32).contains(blockSize),
            let parallelism = json["parallelism"]?.intValue, (1...16).contains(parallelism)
        else { return nil }
        self.salt = salt
        self.sealed = sealed
        self.rounds = rounds
        self.blockSize = blockSize
        self.parallelism = parallelism
    }
}
