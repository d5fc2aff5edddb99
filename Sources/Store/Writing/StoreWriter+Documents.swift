public import Catalog

extension StoreWriter {
    /// Stores a new document with its references and secrets, and the event that tells of it.
    ///
    /// - Returns: the document as stored, with version 1.
    /// - Throws: ``StoreError/duplicateID(kind:id:)``, ``StoreError/duplicateName(kind:name:existingID:)``.
    @discardableResult
    public func insert(_ draft: DocumentDraft, event: EventDraft) throws -> Document {
        try atomically { try insertRow(draft, event) }
    }

    private func insertRow(_ draft: DocumentDraft, _ event: EventDraft) throws -> Document {
        // The event comes first: taking its number makes other writers wait, on a database that has several, so
        // that the checks below hold until the commit.
        let sequence = try record(event, about: draft)
        guard try state(draft.kind, draft.id) == nil else {
            throw StoreError.duplicateID(kind: draft.kind, id: draft.id)
        }
        try checkName(draft)
        try connection.execute(
            """
            INSERT INTO documents
            (kind, id, space, owner, name, name_key, slug, sort_order, version, created_seq, modified, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                .text(draft.kind.rawValue), .text(draft.id), .textOrEmpty(draft.space), .textOrEmpty(draft.owner),
                .text(draft.name), .text(NameKey.fold(draft.name)), .optionalText(draft.slug),
                DocumentColumns.sortOrder(storing: draft.sortOrder), .int(1), .int(sequence),
                .int(time.milliseconds), .utf8(draft.body),
            ]
        )
        try tally(draft.kind, draft.space, 1)
        try finish(draft)
        return stored(draft, version: 1)
    }

    /// Stores a new state of a document with its references and secrets, and the event that tells of it.
    ///
    /// - Parameter expectedVersion: the version that the change is based on; nil to overwrite whatever is there.
    /// - Returns: the document as stored, its version one higher.
    /// - Throws: ``StoreError/notFound(kind:id:)``, ``StoreError/stale(kind:id:expected:found:)``,
    ///   ``StoreError/duplicateName(kind:name:existingID:)``.
    @discardableResult
    public func update(_ draft: DocumentDraft, expectedVersion: Int? = nil, event: EventDraft) throws -> Document {
        try atomically { try updateRow(draft, expectedVersion, event) }
    }

    private func updateRow(_ draft: DocumentDraft, _ expectedVersion: Int?, _ event: EventDraft) throws -> Document {
        try record(event, about: draft)
        let found = try state(draft.kind, draft.id, expected: expectedVersion)
        try checkName(draft)
        try connection.execute(
            """
            UPDATE documents SET space = $1, owner = $2, name = $3, name_key = $4, slug = $5, sort_order = $6,
            version = $7, modified = $8, body = $9 WHERE kind = $10 AND id = $11
            """,
            [
                .textOrEmpty(draft.space), .textOrEmpty(draft.owner), .text(draft.name),
                .text(NameKey.fold(draft.name)), .optionalText(draft.slug),
                DocumentColumns.sortOrder(storing: draft.sortOrder), .int(found.version + 1), .int(time.milliseconds),
                .utf8(draft.body), .text(draft.kind.rawValue), .text(draft.id),
            ]
        )
        if found.space != draft.space {
            try tally(draft.kind, found.space, -1)
            try tally(draft.kind, draft.space, 1)
        }
        try finish(draft)
        return stored(draft, version: found.version + 1)
    }

    /// Removes a document with its references, secrets and blob, and records the event that tells of it.
    ///
    /// References from other documents to it stay; whoever deletes asks ``StoreReading/usages(of:)`` first.
    public func delete(_ kind: KindName, _ id: String, expectedVersion: Int? = nil, event: EventDraft) throws {
        try atomically {
            let found = try state(kind, id, expected: expectedVersion)
            try record(event, kind: kind, id: id, space: found.space, owner: found.owner)
            try tally(kind, found.space, -1)
            for statement in [
                "DELETE FROM documents WHERE kind = $1 AND id = $2",
                "DELETE FROM refs WHERE from_kind = $1 AND from_id = $2",
                "DELETE FROM secrets WHERE kind = $1 AND id = $2",
                "DELETE FROM blobs WHERE kind = $1 AND id = $2",
            ] {
                try connection.execute(statement, [.text(kind.rawValue), .text(id)])
            }
        }
        touched.kinds.insert(kind)
    }

    private func finish(_ draft: DocumentDraft) throws {
        try replaceReferences(of: draft.kind, draft.id, with: draft.references)
        try apply(draft.secrets, to: draft.kind, draft.id)
        touched.kinds.insert(draft.kind)
    }

    private func stored(_ draft: DocumentDraft, version: Int) -> Document {
        Document(
            kind: draft.kind,
            id: draft.id,
            space: draft.space,
            owner: draft.owner,
            name: draft.name,
            slug: draft.slug,
            sortOrder: draft.sortOrder,
            version: version,
            modified: .init(milliseconds: time.milliseconds),
            body: draft.body
        )
    }

    private typealias State = (version: Int, space: String?, owner: String?)

    private func state(_ kind: KindName, _ id: String) throws -> State? {
        try withDocument(kind, id) { ($0.version, $0.space, $0.owner) }
    }

    /// What is known of a document that must be there, and have the expected version if one is given.
    private func state(_ kind: KindName, _ id: String, expected: Int?) throws -> State {
        guard let found = try state(kind, id) else { throw StoreError.notFound(kind: kind, id: id) }
        if let expected, expected != found.version {
            throw StoreError.stale(kind: kind, id: id, expected: expected, found: found.version)
        }
        return found
    }

    /// Keeps the number of documents of a kind in a space.
    private func tally(_ kind: KindName, _ space: String?, _ change: Int) throws {
        try connection.execute(
            """
            INSERT INTO tallies (kind, space, count) VALUES ($1, $2, $3)
            ON CONFLICT (kind, space) DO UPDATE SET count = tallies.count + excluded.count
            """,
            [.text(kind.rawValue), .textOrEmpty(space), .int(change)]
        )
    }

    private func checkName(_ draft: DocumentDraft) throws {
        guard draft.uniqueName else { return }
        let existing = try connection.first(
            """
            SELECT id FROM documents
            WHERE kind = $1 AND space = $2 AND owner = $3 AND name_key = $4 AND id <> $5 ORDER BY id LIMIT 1
            """,
            [
                .text(draft.kind.rawValue), .textOrEmpty(draft.space), .textOrEmpty(draft.owner),
                .text(NameKey.fold(draft.name)), .text(draft.id),
            ]
        ) { $0.text(0) }
        if let existing {
            throw StoreError.duplicateName(kind: draft.kind, name: draft.name, existingID: existing)
        }
    }

    private func replaceReferences(of kind: KindName, _ id: String, with wanted: [DocumentReference]) throws {
        let before = Set(try references(from: kind, id))
        let after = Set(wanted)
        for reference in before.subtracting(after) {
            try connection.execute(
                "DELETE FROM refs WHERE from_kind = $1 AND from_id = $2 AND path = $3 AND to_id = $4",
                [.text(kind.rawValue), .text(id), .text(reference.path), .text(reference.toID)]
            )
        }
        for reference in after.subtracting(before) {
            try connection.execute(
                "INSERT INTO refs (from_kind, from_id, path, to_id) VALUES ($1, $2, $3, $4)",
                [.text(kind.rawValue), .text(id), .text(reference.path), .text(reference.toID)]
            )
        }
    }
}
