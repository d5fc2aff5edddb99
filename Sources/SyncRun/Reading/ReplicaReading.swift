public import APIClient
public import Catalog
public import Sync

/// The documents of one space as its server sent them.
public struct RawReplica: Sendable {
    public var identity: ReplicaIdentity
    public var documents: [KindName: [JSON]]
    public var eventCursor: Int?
    /// Kinds that the key may not see; they are only referred to.
    public var hidden: [KindName]
    /// Kinds that the key sees only in part, each with the reason.
    public var partial: [KindName: String] = [:]
    /// Projects whose repository was asked for, by their ids.
    var branches: [String: GitPlace.Reading] = [:]

    /// In normal form.
    public func replica(_ catalog: Catalog) -> Replica {
        var replica = ReplicaBuilder.build(
            identity: identity,
            documents: documents,
            catalog: catalog,
            eventCursor: eventCursor
        )
        replica.partialKinds = partial
        for (id, reading) in branches {
            if let key = replica.keysByID[id] { replica.gitProjects[key]?.reading = reading }
        }
        return replica
    }
}

/// How far a read has come.
public struct ReadingProgress: Sendable, Hashable {
    public var server: String
    public var done: Int
    /// Rises while lists come in: variable sets follow from projects.
    public var total: Int
}

/// Reads one replica: a list for each kind, then the variable sets, many in one request where the server can do that,
/// and one request for each tenant.
public struct ReplicaReading: Sendable {
    /// Requests under way at once; the client may allow fewer.
    static let breadth = 16

    let client: any ReplicaClient
    let readSet: ReadSet
    let progress: @Sendable (ReadingProgress) -> Void

    public init(
        client: any ReplicaClient,
        readSet: ReadSet,
        progress: @escaping @Sendable (ReadingProgress) -> Void = { _ in }
    ) {
        self.client = client
        self.readSet = readSet
        self.progress = progress
    }

    /// - Parameter known: the number of the newest event, where somebody asked already.
    /// - Throws: `SyncRunError`.
    public func read(cursor known: Int? = nil) async throws -> RawReplica {
        do {
            // Before the lists, so that a change during the read is seen as newer than it.
            let asked = known == nil ? try await client.eventCursor() : nil
            let cursor = known ?? asked
            var raw = RawReplica(
                identity: ReplicaIdentity(client.identity),
                documents: [:],
                eventCursor: cursor,
                hidden: []
            )
            let counter = Counter(server: client.identity.url, report: progress)
            await counter.expect(readSet.lists.count)
            async let partial = PartialView.kinds(seenBy: client, readSet, catalog: .standard)
            try await readLists(into: &raw, counter)
            try await readParts(into: &raw, counter)
            try await readLogos(into: &raw, counter)
            if readSet.withPackages { raw.documents[.packages] = try await client.newestPackages() }
            raw.partial = try await partial
            return raw
        } catch let error as APIError {
            throw SyncRunError.api(error)
        }
    }

    private func readLists(into raw: inout RawReplica, _ counter: Counter) async throws {
        let lists = try await inParallel(readSet.lists, counter) { kind -> [JSON]? in
            do {
                return try await client.list(kind)
            } catch let error as APIError {
                // A server without the kind has nothing of it; what is only referred to may stay hidden.
                if case .notFound = error { return [] }
                guard case .forbidden = error else { throw error }
                guard readSet.required.contains(kind) else { return nil }
                throw SyncRunError.incompleteView(server: client.identity.url, problem: error.description)
            }
        }
        for (kind, documents) in lists {
            if let documents { raw.documents[kind] = documents } else { raw.hidden.append(kind) }
        }
        raw.hidden.sort()
    }

    private func readParts(into raw: inout RawReplica, _ counter: Counter) async throws {
        var parts: [Part] = []
        if readSet.withVariableSets {
            let owners = (raw.documents[.projects] ?? []) + (raw.documents[.librarySets] ?? [])
            parts += owners.compactMap { $0["VariableSetId"]?.stringValue }.map { Part(kind: .variableSets, id: $0) }
        }
        if readSet.withTenantVariables {
            let tenants = raw.documents[.tenants] ?? []
            parts += tenants.compactMap { $0["Id"]?.stringValue }.map { Part(kind: .tenantVariables, id: $0) }
        }
        var documents: [Part: JSON?] = [:]
        for (id, document) in try await readTogether(.variableSets, in: parts, counter) {
            documents[Part(kind: .variableSets, id: id)] = document
        }
        let rest = parts.filter { documents[$0] == nil }
        await counter.expect(rest.count)
        let single = try await inParallel(rest, counter) { part -> JSON? in
            do {
                return try await client.get(part.kind, id: part.id)
            } catch let error as APIError where error.isNotFound {
                // Deleted since the list was read; the next read will not list its owner.
                return nil
            }
        }
        documents.merge(single) { $1 }
        for part in parts {
            if let document = documents[part] ?? nil { raw.documents[part.kind, default: []].append(document) }
        }
    }

    /// Nothing to fetch where the links say what the pictures are, and where nobody compares them.
    private func readLogos(into raw: inout RawReplica, _ counter: Counter) async throws {
        guard readSet.withLogoContent else { return }
        let untold = LogoReading.untold(raw.documents)
        guard !untold.isEmpty else { return }
        await counter.expect(untold.count)
        let found = try await inParallel(untold, counter) { try await LogoReading.document($0, client) }
        let known = LogoTag.documents(raw.documents, catalog: .standard)
        raw.documents[.logos] = known + untold.compactMap { found[$0] ?? nil }
    }

    private func readTogether(
        _ kind: KindName,
        in parts: [Part],
        _ counter: Counter
    ) async throws -> [String: JSON] {
        let ids = parts.filter { $0.kind == kind }.map(\.id)
        // A few are asked for one by one at the same time, as quickly.
        guard ids.count > 3 else { return [:] }
        let batches = type(of: client).batches(of: ids)
        await counter.expect(batches.count)
        let answers = try await inParallel(batches, counter) { try await client.documents(kind, ids: $0) }
        return answers.values.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    }

    private struct Part: Hashable, Sendable {
        var kind: KindName
        var id: String
    }

    private func inParallel<Item: Hashable & Sendable, Value: Sendable>(
        _ items: [Item],
        _ counter: Counter,
        _ work: @escaping @Sendable (Item) async throws -> Value
    ) async throws -> [Item: Value] {
        try await SyncRun.inParallel(items, atMost: Self.breadth) { item in
            let value = try await work(item)
            await counter.advance()
            return value
        }
    }

    private actor Counter {
        private var state: ReadingProgress
        private let report: @Sendable (ReadingProgress) -> Void

        init(server: String, report: @escaping @Sendable (ReadingProgress) -> Void) {
            state = ReadingProgress(server: server, done: 0, total: 0)
            self.report = report
        }

        func expect(_ count: Int) {
            state.total += count
            report(state)
        }

        func advance() {
            state.done += 1
            report(state)
        }
    }
}

extension ReplicaIdentity {
    public init(_ server: ServerIdentity) {
        self.init(
            url: server.url,
            spaceID: server.spaceID,
            spaceName: server.spaceName,
            serverVersion: server.version,
            installationID: server.installationID
        )
    }
}
