import Store

extension Migrations {
    /// What both sides of one flow looked like when they were last read. Everything here can be read again.
    static let replicaCache = Migrations([
        Migration(
            1,
            "replicas, documents, ids, baseline",
            [
                """
                CREATE TABLE replicas (
                    side {key} PRIMARY KEY, asked_url TEXT NOT NULL, asked_space TEXT NOT NULL, identity TEXT NOT NULL,
                    read_set {key} NOT NULL, mark TEXT NOT NULL, revision {key} NOT NULL, read_at {key} NOT NULL,
                    widened TEXT NOT NULL, hidden TEXT NOT NULL)
                """,
                // `unit`: the id of the document that this one is a part of, its own id where it is no part.
                // `previous`: the body at the last time both sides were in step; null when it is still that, empty when
                // there was no such document then. An empty body: the document is gone since then.
                """
                CREATE TABLE documents (
                    number INTEGER PRIMARY KEY, side {key} NOT NULL, kind {key} NOT NULL, id {key} NOT NULL,
                    unit {key} NOT NULL, name_key {key} NOT NULL, body TEXT NOT NULL, previous TEXT)
                """,
                "CREATE UNIQUE INDEX documents_by_id ON documents (side, kind, id)",
                "CREATE INDEX documents_by_unit ON documents (side, unit)",
                "CREATE INDEX documents_by_name ON documents (side, kind, name_key)",
                "CREATE INDEX documents_changed ON documents (side) WHERE previous IS NOT NULL",
                // Every id that a text may mention, and the document that has it.
                """
                CREATE TABLE ids (
                    side {key} NOT NULL, id {key} NOT NULL, kind {key} NOT NULL, document {key} NOT NULL,
                    PRIMARY KEY (side, id, kind, document)) {clustered}
                """,
                "CREATE INDEX ids_by_document ON ids (side, kind, document)",
                """
                CREATE TABLE baseline (
                    id BIGINT PRIMARY KEY, inputs {key} NOT NULL, source_revision {key} NOT NULL,
                    destination_revision {key} NOT NULL, state {key} NOT NULL, is_settled BIGINT NOT NULL,
                    plan TEXT NOT NULL)
                """,
            ]
        ),
        // Kinds that the key sees only in part, each with the reason.
        Migration(2, "partial", ["ALTER TABLE replicas ADD COLUMN partial TEXT NOT NULL DEFAULT '{}'"]),
    ])
}
