public import Catalog
import Crypto

extension StoreWriter {
    /// Sets one secret of a stored document, with the event that tells of it.
    ///
    /// - Throws: ``StoreError/notFound(kind:id:)``.
    public func putSecret(
        _ kind: KindName,
        _ id: String,
        path: String,
        _ plaintext: [UInt8],
        event: EventDraft
    ) throws {
        try atomically {
            try recordForExisting(kind, id, event)
            try storeSecret(kind, id, path, plaintext)
        }
    }

    /// Removes one secret of a stored document, with the event that tells of it.
    public func clearSecret(_ kind: KindName, _ id: String, path: String, event: EventDraft) throws {
        try atomically {
            try recordForExisting(kind, id, event)
            try removeSecret(kind, id, path)
        }
    }

    /// Stores the small file of a document in place of the one that was there, with the event that tells of it.
    ///
    /// - Throws: ``StoreError/notFound(kind:id:)``, ``StoreError/blobTooLarge(kind:id:bytes:limit:)``.
    @discardableResult
    public func putBlob(
        _ kind: KindName,
        _ id: String,
        contentType: String,
        _ bytes: [UInt8],
        event: EventDraft
    ) throws -> Blob {
        guard bytes.count <= Blob.limit else {
            throw StoreError.blobTooLarge(kind: kind, id: id, bytes: bytes.count, limit: Blob.limit)
        }
        let blob = Blob(contentType: contentType, bytes: bytes, etag: Self.etag(bytes))
        try atomically {
            try recordForExisting(kind, id, event)
            try connection.execute(
                """
                INSERT INTO blobs (kind, id, content_type, bytes, etag) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (kind, id) DO UPDATE
                SET content_type = excluded.content_type, bytes = excluded.bytes, etag = excluded.etag
                """,
                [.text(kind.rawValue), .text(id), .text(contentType), .blob(bytes), .text(blob.etag)]
            )
        }
        return blob
    }

    /// Removes the small file of a document, with the event that tells of it.
    public func deleteBlob(_ kind: KindName, _ id: String, event: EventDraft) throws {
        try atomically {
            try recordForExisting(kind, id, event)
            try connection.execute("DELETE FROM blobs WHERE kind = $1 AND id = $2", [.text(kind.rawValue), .text(id)])
        }
    }

    private func recordForExisting(_ kind: KindName, _ id: String, _ event: EventDraft) throws {
        guard let (space, owner) = try withDocument(kind, id, { ($0.space, $0.owner) }) else {
            throw StoreError.notFound(kind: kind, id: id)
        }
        try record(event, kind: kind, id: id, space: space, owner: owner)
        touched.kinds.insert(kind)
    }

    private static func etag(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).prefix(16).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

extension StoreWriter {
    /// Applies the changes of a draft.
    func apply(_ changes: SecretChanges, to kind: KindName, _ id: String) throws {
        guard case .exactly(let list) = changes else { return }
        let stored = Set(try secretPaths(kind, id))
        // Values that move are read before anything is overwritten, so that two of them may change places.
        var moved: [String: [UInt8]] = [:]
        for case (let path, .move(let from)) in list {
            guard let value = try secret(kind, id, path: from) else {
                throw StoreError.secretNotFound(kind: kind, id: id, path: from)
            }
            moved[path] = value
        }
        var kept: Set<String> = []
        for (path, change) in list {
            switch change {
            case .keep: kept.insert(path)
            case .clear: kept.remove(path)
            case .set(let plaintext):
                kept.insert(path)
                try storeSecret(kind, id, path, plaintext)
            case .move:
                kept.insert(path)
                if let value = moved[path] { try storeSecret(kind, id, path, value) }
            }
        }
        for path in stored.subtracting(kept) { try removeSecret(kind, id, path) }
    }

    func storeSecret(_ kind: KindName, _ id: String, _ path: String, _ plaintext: [UInt8]) throws {
        let context = StoreAccess.sealContext(kind.rawValue, id, path)
        try connection.execute(
            """
            INSERT INTO secrets (kind, id, path, sealed) VALUES ($1, $2, $3, $4)
            ON CONFLICT (kind, id, path) DO UPDATE SET sealed = excluded.sealed
            """,
            [
                .text(kind.rawValue), .text(id), .text(path),
                .blob(try access.sealer.seal(plaintext, context: context)),
            ]
        )
    }

    func removeSecret(_ kind: KindName, _ id: String, _ path: String) throws {
        try connection.execute(
            "DELETE FROM secrets WHERE kind = $1 AND id = $2 AND path = $3",
            [.text(kind.rawValue), .text(id), .text(path)]
        )
    }
}
