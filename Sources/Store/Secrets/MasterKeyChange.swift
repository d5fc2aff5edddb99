import Catalog
import Foundation

/// Seals everything in a database anew, under another master key.
public enum MasterKeyChange {
    /// What a database was sealed with.
    public enum State: Sendable, Hashable {
        /// Nothing was ever sealed.
        case unused
        case first, second, neither
    }

    private static let batch = 500

    /// Which of two keys a database belongs to.
    public static func state(
        of driver: any SQLDriver,
        _ first: any SecretSealer,
        _ second: any SecretSealer
    ) async throws -> State {
        try await Migrations.store.run(on: driver)
        return try await driver.read { try state($0, first, second) }
    }

    /// Changes every secret in one transaction: all of them belong to the new key afterwards, or none.
    ///
    /// - Returns: how many secrets were sealed anew; nil when that was done before.
    /// - Throws: ``StoreError/wrongMasterKey``, ``StoreError/unreadableSecret(kind:id:path:)``; nothing is changed then.
    public static func run(
        on driver: any SQLDriver,
        from old: any SecretSealer,
        to new: any SecretSealer
    ) async throws -> Int? {
        try await Migrations.store.run(on: driver)
        return try await driver.write { connection in
            switch try state(connection, old, new) {
            case .second: return nil
            case .neither: throw StoreError.wrongMasterKey
            case .unused: return 0
            case .first: break
            }
            let count = try sealAll(connection, old, new)
            try DocumentStore.writeKeyCheck(connection, new)
            return count
        }
    }

    private static func state(
        _ connection: any SQLConnection,
        _ first: any SecretSealer,
        _ second: any SecretSealer
    ) throws -> State {
        guard let check = try DocumentStore.keyCheck(connection) else { return .unused }
        if check.opens(with: second) { return .second }
        return check.opens(with: first) ? .first : .neither
    }

    private static func sealAll(
        _ connection: any SQLConnection,
        _ old: any SecretSealer,
        _ new: any SecretSealer
    ) throws -> Int {
        var count = 0
        var last = ["", "", ""]
        while true {
            let rows = try connection.all(
                """
                SELECT kind, id, path, sealed FROM secrets WHERE (kind, id, path) > ($1, $2, $3)
                ORDER BY kind, id, path LIMIT \(batch)
                """,
                last.map(SQLValue.text)
            ) { (key: [$0.text(0), $0.text(1), $0.text(2)], sealed: $0.bytes(3)) }
            for row in rows { try seal(row.key, row.sealed, connection, old, new) }
            count += rows.count
            guard let end = rows.last else { return count }
            last = end.key
        }
    }

    private static func seal(
        _ key: [String],
        _ sealed: [UInt8],
        _ connection: any SQLConnection,
        _ old: any SecretSealer,
        _ new: any SecretSealer
    ) throws {
        let context = StoreAccess.sealContext(key[0], key[1], key[2])
        guard let plaintext = try? old.open(sealed, context: context) else {
            throw StoreError.unreadableSecret(kind: .init(rawValue: key[0]), id: key[1], path: key[2])
        }
        try connection.execute(
            "UPDATE secrets SET sealed = $1 WHERE kind = $2 AND id = $3 AND path = $4",
            [.blob(try new.seal(plaintext, context: context))] + key.map(SQLValue.text)
        )
    }
}

/// A known text, sealed: it can be opened only with the key that the other secrets were sealed with.
struct KeyCheck {
    static let setting = "masterKeyCheck"
    static let text = Array("skerry".utf8)

    var stored: String

    func opens(with sealer: any SecretSealer) -> Bool {
        let sealed = Data(base64Encoded: stored).map { [UInt8]($0) } ?? []
        return (try? sealer.open(sealed, context: Self.setting)) == Self.text
    }
}

extension DocumentStore {
    static func keyCheck(_ connection: any SQLConnection) throws -> KeyCheck? {
        try connection.first("SELECT value FROM settings WHERE key = $1", [.text(KeyCheck.setting)]) {
            KeyCheck(stored: $0.text(0))
        }
    }

    static func writeKeyCheck(_ connection: any SQLConnection, _ sealer: any SecretSealer) throws {
        let sealed = try sealer.seal(KeyCheck.text, context: KeyCheck.setting)
        try connection.execute(
            "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [.text(KeyCheck.setting), .text(Data(sealed).base64EncodedString())]
        )
    }
}
