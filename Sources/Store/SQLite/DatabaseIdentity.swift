/// Makes the copy of a server's database that of another server.
public enum DatabaseIdentity {
    /// Removes the id of the installation, which the next start makes anew, and what signs in at the original: API keys
    /// and sessions. Users keep their passwords.
    public static func renew(_ driver: any SQLDriver) async throws {
        try await driver.write { connection in
            try connection.execute("DELETE FROM sessions")
            try connection.execute("DELETE FROM api_keys")
            try connection.execute("DELETE FROM settings WHERE key = $1", [.text(installation)])
        }
    }

    /// Who the server of a database is; nil before its first start.
    public static func installation(of store: DocumentStore) async throws -> String? {
        try await store.read { try $0.setting(installation) }
    }

    /// The setting with the id of the installation.
    public static let installation = "installationId"
}
