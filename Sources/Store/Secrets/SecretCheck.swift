import Catalog

extension DocumentStore {
    public func countSecrets() async throws -> Int {
        try await read { try $0.access.connection.first("SELECT count(*) FROM secrets", []) { $0.int(0) } ?? 0 }
    }

    /// Opens every secret, as a proof that none is damaged and all belong to this master key.
    ///
    /// - Throws: ``StoreError/unreadableSecret(kind:id:path:)`` for the first that cannot be opened.
    public func checkEverySecret() async throws {
        try await read(.long) { reader in
            try reader.access.connection.query("SELECT kind, id, path, sealed FROM secrets", []) { row in
                let (kind, id, path) = (row.text(0), row.text(1), row.text(2))
                do {
                    _ = try reader.access.sealer.open(
                        row.bytes(3),
                        context: StoreAccess.sealContext(kind, id, path)
                    )
                } catch is SealError {
                    throw StoreError.unreadableSecret(kind: KindName(rawValue: kind), id: id, path: path)
                }
            }
        }
    }
}
