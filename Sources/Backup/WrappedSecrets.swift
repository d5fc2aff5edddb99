import Catalog
import Crypto
import CryptoExtras
import Foundation

/// What wraps the keys in a backup.
public enum BackupPassphrase {
    /// Characters.
    static let least = 8

    /// - Throws: ``BackupError/passphraseTooShort(least:)``.
    public static func check(_ passphrase: String) throws {
        guard passphrase.count >= least else { throw BackupError.passphraseTooShort(least: least) }
    }
}

/// Files with secrets, encrypted under a passphrase: AES-256-GCM with a key that scrypt (RFC 7914) makes of it.
struct WrappedSecrets: Sendable, Hashable {
    /// More than what is written needs; what a hostile archive asks for beyond it is refused.
    private static let maxMemory = 256 << 20

    private var salt: [UInt8]
    private var rounds: Int
    private var blockSize: Int
    private var parallelism: Int
    private var sealed: [UInt8]

    /// - Parameter files: name and content.
    /// - Throws: ``BackupError/passphraseTooShort(least:)``.
    init(_ files: [String: [UInt8]], passphrase: String) throws {
        try BackupPassphrase.check(passphrase)
        salt = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        // 128 MiB and about a third of a second for each guess.
        rounds = 1 << 17
        blockSize = 8
        parallelism = 1
        sealed = []
        let content = JSON.object(JSONObject(files.map { ($0.key, .string(Data($0.value).base64EncodedString())) }))
        let box = try AES.GCM.seal(content.bytes, using: try key(passphrase), authenticating: Data(salt))
        sealed = Array(box.combined ?? Data())
    }

    /// - Throws: ``BackupError/passphraseWrong``.
    func open(passphrase: String) throws -> [String: [UInt8]] {
        guard let key = try? key(passphrase),
            let content = try? AES.GCM.open(
                AES.GCM.SealedBox(combined: sealed),
                using: key,
                authenticating: Data(salt)
            ), let object = try? JSON.parse([UInt8](content)).objectValue
        else { throw BackupError.passphraseWrong }
        var files: [String: [UInt8]] = [:]
        for (name, value) in object {
            guard !name.contains("/"), !name.hasPrefix("."), let data = Data(base64Encoded: value.stringValue ?? "")
            else { throw BackupError.passphraseWrong }
            files[name] = [UInt8](data)
        }
        return files
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
            let sealed = bytes("sealed"), let rounds = json["rounds"]?.intValue,
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
