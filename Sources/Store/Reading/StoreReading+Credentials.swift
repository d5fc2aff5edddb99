public import Catalog
import Foundation

extension StoreReading {
    /// The API key with this hash, expired or not.
    public func apiKey(hash: [UInt8]) throws -> APIKeyRecord? {
        try access.connection.first("SELECT \(Self.keyColumns) FROM api_keys WHERE hash = $1", [.blob(hash)], Self.key)
    }

    public func apiKey(id: String) throws -> APIKeyRecord? {
        try access.connection.first("SELECT \(Self.keyColumns) FROM api_keys WHERE id = $1", [.text(id)], Self.key)
    }

    /// The API keys of a user, newest first.
    public func apiKeys(ofUser userID: String) throws -> [APIKeyRecord] {
        try access.connection.all(
            "SELECT \(Self.keyColumns) FROM api_keys WHERE user_id = $1 ORDER BY created DESC, id DESC",
            [.text(userID)],
            Self.key
        )
    }

    /// The encoded hash of a user's password, nil when the user has none.
    public func passwordHash(ofUser userID: String) throws -> String? {
        try access.connection.first("SELECT encoded FROM password_hashes WHERE user_id = $1", [.text(userID)]) {
            $0.text(0)
        }
    }

    /// The session with this hash of its token, expired or not.
    public func session(tokenHash: [UInt8]) throws -> SessionRecord? {
        try access.connection.first(
            """
            SELECT token_hash, user_id, csrf_hash, created, expires, last_used FROM sessions WHERE token_hash = $1
            """,
            [.blob(tokenHash)]
        ) { row in
            SessionRecord(
                tokenHash: row.bytes(0),
                userID: row.text(1),
                csrfHash: row.bytes(2),
                created: Date(milliseconds: row.int(3)),
                expires: Date(milliseconds: row.int(4)),
                lastUsed: Date(milliseconds: row.int(5))
            )
        }
    }

    private static var keyColumns: String { "id, user_id, hash, hint, purpose, created, expires" }

    private static func key(_ row: any SQLRow) -> APIKeyRecord {
        APIKeyRecord(
            id: row.text(0),
            userID: row.text(1),
            hash: row.bytes(2),
            hint: row.text(3),
            purpose: row.text(4),
            created: Date(milliseconds: row.int(5)),
            expires: row.optionalInt(6).map { Date(milliseconds: $0) }
        )
    }
}

extension StoreReading {
    /// The paths of a document at which a secret is stored, sorted.
    public func secretPaths(_ kind: KindName, _ id: String) throws -> [String] {
        try access.connection.all(
            "SELECT path FROM secrets WHERE kind = $1 AND id = $2 ORDER BY path",
            [.text(kind.rawValue), .text(id)]
        ) { $0.text(0) }
    }

    /// The plaintext of a secret, nil when there is none at this path.
    ///
    /// - Throws: ``StoreError/unreadableSecret(kind:id:path:)``.
    public func secret(_ kind: KindName, _ id: String, path: String) throws -> [UInt8]? {
        let sealed = try access.connection.first(
            "SELECT sealed FROM secrets WHERE kind = $1 AND id = $2 AND path = $3",
            [.text(kind.rawValue), .text(id), .text(path)]
        ) { $0.bytes(0) }
        guard let sealed else { return nil }
        do {
            return try access.sealer.open(sealed, context: StoreAccess.sealContext(kind.rawValue, id, path))
        } catch is SealError {
            throw StoreError.unreadableSecret(kind: kind, id: id, path: path)
        }
    }

    /// The small file of a document.
    public func blob(_ kind: KindName, _ id: String) throws -> Blob? {
        try access.connection.first(
            "SELECT content_type, bytes, etag FROM blobs WHERE kind = $1 AND id = $2",
            [.text(kind.rawValue), .text(id)]
        ) { Blob(contentType: $0.text(0), bytes: $0.bytes(1), etag: $0.text(2)) }
    }

    /// The etag of a document's small file, without reading the file.
    public func blobETag(_ kind: KindName, _ id: String) throws -> String? {
        try access.connection.first(
            "SELECT etag FROM blobs WHERE kind = $1 AND id = $2",
            [.text(kind.rawValue), .text(id)]
        ) { $0.text(0) }
    }

    /// The value of a setting.
    public func setting(_ key: String) throws -> String? {
        try access.connection.first("SELECT value FROM settings WHERE key = $1", [.text(key)]) { $0.text(0) }
    }
}
