import Store

/// A word that is another one after every change of what is remembered, whoever made it: what tells that a conclusion
/// drawn from the state still holds.
enum StateGeneration {
    /// Not a migration: it describes the records, and can be made again at any time.
    private static let parts: [(name: String, statement: String)] = [
        ("generation", "CREATE TABLE generation (id BIGINT PRIMARY KEY, word TEXT NOT NULL)"),
        ("records_inserted", trigger("records_inserted", "INSERT")),
        ("records_updated", trigger("records_updated", "UPDATE")),
        ("records_deleted", trigger("records_deleted", "DELETE")),
        ("records_by_source", "CREATE INDEX records_by_source ON records (json_extract(body, '$.sourceID'))"),
        (
            "records_by_destination",
            "CREATE INDEX records_by_destination ON records (json_extract(body, '$.destinationID'))"
        ),
    ]

    /// An upsert's own way with conflicts would rule inside the trigger: so it has none.
    private static func trigger(_ name: String, _ event: String) -> String {
        """
        CREATE TRIGGER \(name) AFTER \(event) ON records BEGIN
            DELETE FROM generation;
            INSERT INTO generation (id, word) VALUES (1, lower(hex(randomblob(12))));
        END
        """
    }

    static func install(on driver: any SQLDriver) async throws {
        let names = Set(
            try await driver.read { connection in
                try connection.all("SELECT name FROM sqlite_master", []) { $0.text(0) }
            }
        )
        let missing = parts.filter { !names.contains($0.name) }
        guard !missing.isEmpty else { return }
        try await driver.write { connection in
            for part in missing { try connection.execute(part.statement) }
        }
    }
}
