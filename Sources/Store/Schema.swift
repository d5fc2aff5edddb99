/// The tables of the document store.
///
/// Key columns hold no nulls: the empty text stands for "no space" and "no owner".
extension Migrations {
    static let store = Migrations([
        Migration(
            1,
            "documents, events, secrets, credentials",
            documents + references + secrets + events + blobs + credentials + settings
        )
    ])

    private static let documents = [
        """
        CREATE TABLE documents (
            kind {key} NOT NULL, id {key} NOT NULL, space {key} NOT NULL, owner {key} NOT NULL, name TEXT NOT NULL,
            name_key {key} NOT NULL, slug {key}, sort_order BIGINT NOT NULL, version BIGINT NOT NULL,
            created_seq BIGINT NOT NULL, modified BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id))
        """,
        "CREATE INDEX documents_by_name ON documents (kind, space, name_key, id)",
        "CREATE INDEX documents_by_order ON documents (kind, space, sort_order, name_key, id)",
        "CREATE INDEX documents_by_owner ON documents (kind, owner, name_key, id)",
        "CREATE INDEX documents_by_slug ON documents (kind, space, slug)",
        // How many documents there are, kept by every write: counting 5,000 rows takes longer than reading a page.
        """
        CREATE TABLE tallies (
            kind {key} NOT NULL, space {key} NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (kind, space)) {clustered}
        """,
    ]

    private static let references = [
        """
        CREATE TABLE refs (
            from_kind {key} NOT NULL, from_id {key} NOT NULL, path {key} NOT NULL, to_id {key} NOT NULL,
            PRIMARY KEY (from_kind, from_id, path, to_id)) {clustered}
        """,
        "CREATE INDEX refs_to ON refs (to_id)",
    ]

    private static let secrets = [
        """
        CREATE TABLE secrets (
            kind {key} NOT NULL, id {key} NOT NULL, path {key} NOT NULL, sealed {blob} NOT NULL,
            PRIMARY KEY (kind, id, path)) {clustered}
        """
    ]

    private static let events = [
        """
        CREATE TABLE events (
            seq BIGINT PRIMARY KEY, category TEXT NOT NULL, document_type TEXT NOT NULL, document_id {key},
            space {key} NOT NULL, user_id {key} NOT NULL, username TEXT NOT NULL, user_agent TEXT NOT NULL,
            ip TEXT NOT NULL, is_service BIGINT NOT NULL, established_with TEXT NOT NULL, occurred BIGINT NOT NULL,
            message TEXT NOT NULL, details TEXT)
        """,
        "CREATE INDEX events_by_space ON events (space, seq)",
        "CREATE INDEX events_by_type ON events (document_type, seq)",
        """
        CREATE TABLE event_documents (
            document_id {key} NOT NULL, seq BIGINT NOT NULL, position BIGINT NOT NULL,
            PRIMARY KEY (document_id, seq)) {clustered}
        """,
        "CREATE INDEX event_documents_by_event ON event_documents (seq, position)",
    ]

    private static let blobs = [
        """
        CREATE TABLE blobs (
            kind {key} NOT NULL, id {key} NOT NULL, content_type TEXT NOT NULL, bytes {blob} NOT NULL,
            etag TEXT NOT NULL, PRIMARY KEY (kind, id))
        """
    ]

    private static let credentials = [
        """
        CREATE TABLE api_keys (
            id {key} PRIMARY KEY, user_id {key} NOT NULL, hash {blob} NOT NULL UNIQUE, hint TEXT NOT NULL,
            purpose TEXT NOT NULL, created BIGINT NOT NULL, expires BIGINT)
        """,
        "CREATE INDEX api_keys_by_user ON api_keys (user_id, created)",
        "CREATE TABLE password_hashes (user_id {key} PRIMARY KEY, encoded TEXT NOT NULL)",
        """
        CREATE TABLE sessions (
            token_hash {blob} PRIMARY KEY, user_id {key} NOT NULL, csrf_hash {blob} NOT NULL, created BIGINT NOT NULL,
            expires BIGINT NOT NULL, last_used BIGINT NOT NULL)
        """,
        "CREATE INDEX sessions_by_user ON sessions (user_id)",
        "CREATE INDEX sessions_by_expiry ON sessions (expires)",
    ]

    private static let settings = [
        "CREATE TABLE settings (key {key} PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE counters (name {key} PRIMARY KEY, next BIGINT NOT NULL)",
    ]
}
