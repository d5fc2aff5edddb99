public import Foundation

extension StoreWriter {
    /// Stores a new API key, with the event that tells of it.
    public func insertAPIKey(_ key: APIKeyRecord, event: EventDraft) throws {
        try atomically {
            try record(event, id: key.id, owner: key.userID)
            try connection.execute(
                """
                INSERT INTO api_keys (id, user_id, hash, hint, purpose, created, expires)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                """,
                [
                    .text(key.id), .text(key.userID), .blob(key.hash), .text(key.hint), .text(key.purpose),
                    .int(key.created.milliseconds), .optionalInt(key.expires?.milliseconds),
                ]
            )
        }
        touched.credentials = true
    }

    /// Removes an API key, with the event that tells of it.
    public func deleteAPIKey(id: String, event: EventDraft) throws {
        guard let key = try apiKey(id: id) else { throw StoreError.apiKeyNotFound(id: id) }
        try atomically {
            try record(event, id: id, owner: key.userID)
            try connection.execute("DELETE FROM api_keys WHERE id = $1", [.text(id)])
        }
        touched.credentials = true
    }

    /// Sets the encoded hash of a user's password; nil takes the password away. With the event that tells of it.
    public func setPasswordHash(_ encoded: String?, ofUser userID: String, event: EventDraft) throws {
        touched.credentials = true
        try atomically {
            try record(event, id: userID)
            guard let encoded else {
                return try connection.execute("DELETE FROM password_hashes WHERE user_id = $1", [.text(userID)])
            }
            try connection.execute(
                """
                INSERT INTO password_hashes (user_id, encoded) VALUES ($1, $2)
                ON CONFLICT (user_id) DO UPDATE SET encoded = excluded.encoded
                """,
                [.text(userID), .text(encoded)]
            )
        }
    }

    /// Stores a session. Sessions are no documents and their use is no event.
    public func insertSession(_ session: SessionRecord) throws {
        touched.credentials = true
        try connection.execute(
            """
            INSERT INTO sessions (token_hash, user_id, csrf_hash, created, expires, last_used)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .blob(session.tokenHash), .text(session.userID), .blob(session.csrfHash),
                .int(session.created.milliseconds), .int(session.expires.milliseconds),
                .int(session.lastUsed.milliseconds),
            ]
        )
    }

    /// Notes that a session was used, and until when it is good.
    public func touchSession(tokenHash: [UInt8], lastUsed: Date, expires: Date) throws {
        touched.credentials = true
        try connection.execute(
            "UPDATE sessions SET last_used = $1, expires = $2 WHERE token_hash = $3",
            [.int(lastUsed.milliseconds), .int(expires.milliseconds), .blob(tokenHash)]
        )
    }

    public func deleteSession(tokenHash: [UInt8]) throws {
        touched.credentials = true
        try connection.execute("DELETE FROM sessions WHERE token_hash = $1", [.blob(tokenHash)])
    }

    /// Signs a user out everywhere.
    public func deleteSessions(ofUser userID: String) throws {
        touched.credentials = true
        try connection.execute("DELETE FROM sessions WHERE user_id = $1", [.text(userID)])
    }

    /// Removes the sessions that are over.
    public func deleteSessions(expiredBefore time: Date) throws {
        touched.credentials = true
        try connection.execute("DELETE FROM sessions WHERE expires < $1", [.int(time.milliseconds)])
    }

    /// Removes the API keys, password and sessions of a user who is deleted; the deletion has its own event.
    public func deleteCredentials(ofUser userID: String) throws {
        touched.credentials = true
        for table in ["api_keys", "password_hashes", "sessions"] {
            try connection.execute("DELETE FROM \(table) WHERE user_id = $1", [.text(userID)])
        }
    }
}
