import APIClient
import Catalog
import Sync

/// Why one operation was not done.
enum OperationFailure: Error, Sendable, CustomStringConvertible {
    case changedSince
    case changedAtSource
    case gone
    case existsAlready(id: String)
    case unknownOwner(EntityKey)
    case unknownKind(KindName)
    case leak(id: String)
    /// The destination's release has no word for a value.
    case notInRelease(SchemaAdapter.Loss, versions: ServerVersions)
    /// The destination refused it, and the two servers are of different releases.
    case refused(String, versions: ServerVersions)
    case missingSecret(name: String)
    /// The server's answer quotes the secret: it must not be shown.
    case refusedSecret

    var description: String {
        switch self {
        case .changedSince: "it was changed at the destination after the plan was made; it was left alone"
        case .changedAtSource: "it was changed at the source after the plan was made; the destination was left alone"
        case .gone: "it was deleted at the destination after the plan was made"
        case .existsAlready(let id): "something of this name was made at the destination after the plan (\(id))"
        case .unknownOwner(let key): "its owner \(key) does not exist at the destination"
        case .unknownKind(let kind): "sync does not write \(kind)"
        case .notInRelease(let loss, let versions):
            """
            \(loss.path) is '\(loss.word ?? "")', which came with \(loss.since); \(versions.text). It was not sent, \
            because nothing else means the same there
            """
        case .refused(let message, let versions): "\(message). \(versions.text)"
        case .missingSecret(let name): "the provider of the policy no longer has '\(name)'"
        case .refusedSecret: "the server refused it; its answer is not shown, since it quotes a secret"
        case .leak(let id): "the document would hold '\(id)', an id of the source; it was not sent"
        }
    }
}

/// Both servers' versions, when they are not of one release: what a refusal may come from.
struct ServerVersions: Sendable, Hashable {
    var source: String
    var destination: String

    /// Nil for two servers of one release.
    init?(source: String, destination: String) {
        if let left = APIRelease(source), let right = APIRelease(destination), left == right { return nil }
        if source == destination { return nil }
        self.source = source
        self.destination = destination
    }

    var text: String {
        """
        The source has version \(source) and the destination \(destination): servers of different releases know \
        different fields, and the usual remedy is to upgrade the older one
        """
    }
}

/// Does one operation of a plan: looks at the destination once more, writes the intent down, sends, writes the answer
/// down.
struct OperationRunner: Sendable {
    let plan: PlanFile
    let runID: String
    let catalog: Catalog
    let client: DestinationClient
    /// For what goes over as bytes: logos, packages.
    let source: SourceClient
    let knowledge: DestinationKnowledge
    let journal: Journal
    /// The destination's ids of what existed when the plan was made.
    let idsByLineage: [String: String]
    /// Held while the plan is applied; nil where the documents' own versions do.
    var lease: DestinationLease?
    /// The first pause before a request whose outcome is unknown is looked into; each further one doubles.
    var pause: Duration = .milliseconds(250)
    /// The source's, of everything in the plan.
    let sourceIDsByLineage: [String: String]
    /// What the source has in its built-in feed.
    let sourcePackages: ReplicaPackages
    /// What the plan makes: the server's own additions to these (a process, a default channel) are ours to fill.
    let created: Set<EntityKey>
    let secrets: SecretInjection
    /// Holds what the destination's projects do not have in the database.
    var git: GitBranches?

    func run(_ operation: Operation) async throws {
        let before = await journal.entries[operation.sequence]
        if let step = before?.step, step == .done || step == .verified { return }
        if operation.key.kind == .logos { return try await carryLogo(operation) }
        if operation.key.kind == .packages { return try await carryPackage(operation) }
        guard let kind = catalog[operation.key.wireKind] else {
            throw OperationFailure.unknownKind(operation.key.kind)
        }
        let work = Work(operation: operation, kind: kind, wasBegun: before != nil, client: client(for: operation))
        try await lease?.check()
        do {
            switch operation.action {
            case .create: try await create(work)
            case .update, .rename: try await update(work, id: try await id(of: operation))
            case .delete: try await delete(work)
            }
        } catch let error as APIError where error.isRefusal && !error.isOutage && !error.isMaintenance {
            guard let versions else { throw error }
            throw OperationFailure.refused(error.description, versions: versions)
        }
    }

    private var versions: ServerVersions? {
        ServerVersions(
            source: plan.plan.source.serverVersion,
            destination: plan.plan.destination.serverVersion
        )
    }

    /// How often a write is looked into and, if it was not done, sent again.
    private static let attempts = 6

    /// Repeats a write that got no clear answer. Each attempt begins by reading, so that nothing is done twice.
    private func settling(_ attempt: (_ isFirst: Bool) async throws -> Void) async throws {
        for number in 1... {
            do {
                return try await attempt(number == 1)
            } catch let error as APIError where error.leavesOutcomeOpen && !error.isMaintenance {
                guard number < Self.attempts, !Task.isCancelled else { throw error }
                try await Task.sleep(for: pause * (1 << (number - 1)) * Double.random(in: 0.5...1))
                try await lease?.check()
            }
        }
    }

    struct Work: Sendable {
        let operation: Operation
        let kind: Kind
        /// An earlier attempt wrote its intent down: the request may have been sent.
        let wasBegun: Bool
        let client: DestinationClient
    }

    private func client(for operation: Operation) -> DestinationClient {
        client.from(RequestOrigin(run: runID, plan: String(plan.planID.prefix(12)), operation: operation.sequence))
    }

    /// The id of what an operation writes, where it can be known before; for what the server makes with an owner, too.
    func knownID(of operation: Operation) async -> String? {
        if operation.action != .create, let id = try? await id(of: operation) { return id }
        return (try? await ownedID(operation.key)) ?? nil
    }

    private func id(of operation: Operation) async throws -> String {
        if let id = idsByLineage[operation.lineage], !id.isEmpty { return id }
        if let id = await knowledge.id(of: operation.key) { return id }
        if let id = try await ownedID(operation.key) { return id }
        throw OperationFailure.gone
    }

    /// The id of the one document of its kind that an owner has.
    private func ownedID(_ key: EntityKey) async throws -> String? {
        guard let kind = catalog[key.wireKind], let ownerKey = key.ownerOfPart else { return nil }
        guard let ownerID = await knowledge.id(of: ownerKey) else { throw OperationFailure.unknownOwner(ownerKey) }
        return kind.id(ofOwner: ownerID)
    }

    // MARK: - Bytes

    private func carryLogo(_ operation: Operation) async throws {
        guard let kind = catalog[.logos], let owner = operation.key.ownerOfPart else {
            throw OperationFailure.unknownKind(.logos)
        }
        guard let ownerID = await knowledge.id(of: owner) else { throw OperationFailure.unknownOwner(owner) }
        let id = kind.id(ofOwner: ownerID) ?? ""
        let client = client(for: operation)
        let logo = try await logo(for: operation, kind)
        guard operation.after["ContentTag"]?.stringValue == LogoReading.tag(of: logo.bytes) else {
            throw OperationFailure.changedAtSource
        }
        // What is replaced is kept for a rollback.
        let before =
            operation.action == .create ? nil : try await client.logo(owner.kind, id: ownerID)
        let images = before.map { [LogoImage.before(owner: ownerID, id: id, $0)] } ?? []
        try await journal.record(entry(operation, .intent, id: id), images: images)
        try await client.setLogo(owner.kind, id: ownerID, logo)
        await journal.boundary()
        try await journal.record(
            entry(operation, .verified, hashAfter: operation.hashAfter, id: id),
            images: [LogoImage.after(owner: ownerID, id: id, logo)]
        )
    }

    /// The source's, or what a run that is rolled back had replaced.
    private func logo(for operation: Operation, _ kind: Kind) async throws -> SmallFile {
        if case .rollback(let run, _) = plan.purpose {
            guard let tag = operation.after["ContentTag"]?.stringValue,
                let logo = try await journal.store.logo(replacedBy: run, tag: tag)
            else { throw OperationFailure.changedAtSource }
            return logo
        }
        guard let owner = operation.key.path.first.map({ KindName($0) }),
            let id = sourceIDsByLineage[operation.lineage].flatMap(kind.ownerID)
        else { throw OperationFailure.unknownKind(.logos) }
        return try await source.logo(owner, id: id)
    }

    private func carryPackage(_ operation: Operation) async throws {
        guard let package = sourcePackages[operation.key.path.first ?? ""],
            package.version.description == operation.after["Version"]?.stringValue
        else { throw OperationFailure.changedAtSource }
        let transfer = PackageTransfer(
            operation: operation,
            source: source,
            destination: client(for: operation),
            sourceID: package.id
        )
        try await journal.record(entry(operation, .intent))
        try await transfer.run()
        await journal.boundary()
        try await journal.record(entry(operation, .verified, hashAfter: operation.hashAfter))
    }

    // MARK: - Create

    private func create(_ work: Work) async throws {
        let key = work.operation.key
        if let id = try await ownedID(key) { return try await update(work, id: id) }
        if let id = await knowledge.id(of: key) {
            // Made by the server with its owner, or by a request of ours whose answer was lost.
            guard work.wasBegun || isServerMade(key) else { throw OperationFailure.existsAlready(id: id) }
            return try await update(work, id: id)
        }
        if let id = await serverMadeDefault(for: work) { return try await update(work, id: id) }
        let values = try await secrets.values(for: work.operation)
        let place = await gitPlace(ofNew: key)
        try await settling { isFirst in
            if !isFirst, let made = try await madeAlready(work, at: place) { return try await finish(work, made) }
            let body = try await outgoing(work, onto: nil)
            try await intend(work, hashBefore: "")
            let answer = try await withoutQuoting(values) {
                do {
                    if let community = installed(body, work) {
                        return try await work.client.install(communityTemplate: community)
                    }
                    if let git, let place {
                        return try await git.create(work.kind.name, body, at: place, work.client)
                    }
                    return try await work.client.create(work.kind.name, filled(body, values, work))
                } catch let error as APIError where error.isBadRequest {
                    return try await createWithDummies(work, body, values, after: error)
                }
            }
            try await finish(work, answer)
        }
    }

    /// The destination's id of the community template that a step template is a copy of: the server makes those itself.
    private func installed(_ body: JSON, _ work: Work) -> String? {
        installedTemplate(work.operation) == nil ? nil : body["CommunityActionTemplateId"]?.stringValue
    }

    /// The reference to the community template that an operation installs or updates.
    private func installedTemplate(_ operation: Operation) -> JSON? {
        guard operation.key.kind == .stepTemplates, let community = operation.after["CommunityActionTemplateId"],
            !community.isNull
        else { return nil }
        return community
    }

    /// A server may insist on values: it gets random ones, which the state remembers as placeholders.
    private func createWithDummies(
        _ work: Work,
        _ body: JSON,
        _ values: [(steps: [SecretStep], value: SecretValue)],
        after error: APIError
    ) async throws -> JSON {
        let dummies = SecretInjection.dummies(for: work.operation)
        guard !dummies.isEmpty else { throw error }
        // Written down first: whoever goes on after a crash must know whose values these are.
        var entry = entry(work.operation, .intent)
        entry.problem = JournalEntry.sentDummies
        try await journal.record(entry)
        do {
            return try await work.client.create(work.kind.name, filled(body, values + dummies, work))
        } catch let second as APIError where second.isBadRequest {
            // It was not for the lack of values.
            entry.problem = ""
            try await journal.record(entry)
            throw error
        }
    }

    /// Values of tenants are sent under ids, not under the names of normal form.
    private func placed(
        _ values: [(steps: [SecretStep], value: SecretValue)],
        in body: JSON,
        _ work: Work
    ) async throws -> [(steps: [SecretStep], value: SecretValue)] {
        guard work.kind.name == .tenantVariables else { return values }
        var result: [(steps: [SecretStep], value: SecretValue)] = []
        for (steps, value) in values {
            let path = steps.compactMap { step in if case .member(let name) = step { name } else { nil } }
            guard let place = await knowledge.tenantSteps(path, in: body) else {
                throw OperationFailure.unknownOwner(work.operation.key)
            }
            result.append((place, value))
        }
        return result
    }

    private func filled(_ body: JSON, _ values: [(steps: [SecretStep], value: SecretValue)], _ work: Work) -> JSON {
        SecretInjection.fill(body, with: values, isVariableSet: work.operation.key.kind == .variableSets)
    }

    /// The errors of a server may quote what they are about.
    private func withoutQuoting<Result>(
        _ values: [(steps: [SecretStep], value: SecretValue)],
        isolation: isolated (any Actor)? = #isolation,
        _ work: () async throws -> Result
    ) async throws -> Result {
        do { return try await work() } catch let error as APIError {
            let text = error.description
            if values.contains(where: { $0.value.occurs(in: text) }) { throw OperationFailure.refusedSecret }
            throw error
        }
    }

    private func isServerMade(_ key: EntityKey) -> Bool { key.parentOwner.map(created.contains) ?? false }

    /// The channel that the server gave a new project, when the plan's default channel has another name.
    private func serverMadeDefault(for work: Work) async -> String? {
        let key = work.operation.key
        guard key.kind == .channels, work.operation.after["IsDefault"] == true, let project = key.parentOwner,
            created.contains(project), let projectID = await knowledge.id(of: project)
        else { return nil }
        let channels = await knowledge.documents(.channels)
        let made = channels.first { $0["ProjectId"] == .string(projectID) && $0["IsDefault"] == true }
        guard let made, let name = made["Name"]?.stringValue, let id = made["Id"]?.stringValue else { return nil }
        // Unless the plan gives that one a life of its own.
        return created.contains(EntityKey(.channels, project.path + [name])) ? nil : id
    }

    /// What a request made whose answer was lost: nothing is posted twice, the name is looked up before.
    private func madeAlready(_ work: Work, at place: GitBranches.Place?) async throws -> JSON? {
        if let git, let place, work.kind.name == .runbooks {
            for found in try await git.runbooks(at: place, work.client) {
                await knowledge.learn(found.runbook, kind: .runbooks)
            }
        } else {
            for document in try await work.client.list(work.kind.name) {
                await knowledge.learn(document, kind: work.kind.name)
            }
        }
        guard let id = await knowledge.id(of: work.operation.key) else { return nil }
        if let git, let place { return try await git.document(work.kind.name, id, at: place, work.client) }
        return try await work.client.get(work.kind.name, id: id)
    }

    /// The repository that will hold what is made, or what it names.
    private func gitPlace(ofNew key: EntityKey) async -> GitBranches.Place? {
        guard let git, let project = key.parentOwner, let id = await knowledge.id(of: project) else { return nil }
        return await git.place(ofNew: key.kind, project: id)
    }

    // MARK: - Update

    private func update(_ work: Work, id: String) async throws {
        try await settling { isFirst in try await updateOnce(work, id: id, isFirst: isFirst) }
    }

    private func updateOnce(_ work: Work, id: String, isFirst: Bool) async throws {
        let (operation, kind) = (work.operation, work.kind)
        let known = isFirst ? await guarded(work, id: id) : nil
        let document = if let known { known } else { try await read(work, id: id) }
        let hashes = await knowledge.fingerprints(document, kind: kind.name)
        // That a secret is set does not say that it is this one: what sets a secret is always sent.
        let setsSecrets = operation.fields.contains { ProvidedSecret.isOne($0.to) }
        if !setsSecrets, !operation.hashAfter.isEmpty, hashes.contains(operation.hashAfter) {
            await knowledge.learn(document, kind: kind.name)
            return try await journal.record(
                entry(operation, .verified, hashAfter: operation.hashAfter, id: id),
                images: [image(document, .after, work)]
            )
        }
        guard await isExpected(hashes, work, id: id) else { throw OperationFailure.changedSince }
        // What the server made with a new owner has ids of its own, which are not leaks.
        await knowledge.learn(document, kind: kind.name)
        let body = try await outgoing(work, onto: document)
        let values = try await placed(try await secrets.values(for: operation), in: body, work)
        try await intend(work, hashBefore: hashes.sorted().first ?? "", id: id, before: document)
        try await finish(
            work,
            try await withoutQuoting(values) { try await put(work, id: id, filled(body, values, work)) }
        )
    }

    /// A server refuses a document of an older version than its own: somebody wrote it after we read it.
    private func put(_ work: Work, id: String, _ body: JSON) async throws -> JSON {
        if let community = installed(body, work) {
            return try await work.client.updateInstalled(communityTemplate: community)
        }
        do {
            if let git, let place = await git.place(of: work.kind.name, id) {
                return try await git.update(work.kind.name, id, body, at: place, work.client)
            }
            return try await work.client.update(work.kind.name, id: work.kind.routeID(id), body)
        } catch let error as APIError where work.kind.isVersioned && error.isRefusal {
            let now = try await read(work, id: id)
            guard now["Version"] == body["Version"] else { throw OperationFailure.changedSince }
            throw error
        }
    }

    /// The document as this run read it at its beginning, where the server itself compares before it writes: it refuses
    /// variable sets and processes whose version is not its own (`sync.md` 3).
    private func guarded(_ work: Work, id: String) async -> JSON? {
        guard !work.wasBegun, work.operation.action == .update, work.kind.isVersioned else { return nil }
        switch work.kind.name {
        case .variableSets, .deploymentProcesses, .runbookProcesses:
            let document = await knowledge.document(work.kind.name, id: id)
            return document?["Version"]?.intValue == nil ? nil : document
        default: return nil
        }
    }

    private func read(_ work: Work, id: String) async throws -> JSON {
        do {
            if let git, let place = await git.place(of: work.kind.name, id) {
                return try await git.document(work.kind.name, id, at: place, work.client)
            }
            if let document = await knowledge.takeReadAhead(work.kind.name, id: id) { return document }
            return try await work.client.get(work.kind.name, id: work.kind.routeID(id))
        } catch let error as APIError where error.isNotFound {
            throw OperationFailure.gone
        }
    }

    /// The document is as the plan saw it, or as this run left it, or what the server made with an owner of ours.
    private func isExpected(_ hashes: Set<String>, _ work: Work, id: String) async -> Bool {
        let operation = work.operation
        if operation.action == .create {
            return work.wasBegun || operation.key.owners.contains(where: created.contains)
        }
        if hashes.contains(operation.hashBefore) { return true }
        let own = await journal.entries.values.filter { $0.destinationID == id && !$0.hashAfter.isEmpty }
        return own.contains { hashes.contains($0.hashAfter) }
    }

    // MARK: - Delete

    private func delete(_ work: Work) async throws {
        let operation = work.operation
        guard let id = try? await id(of: operation) else {
            return try await journal.record(entry(operation, .verified))
        }
        do {
            // A project goes from the database alone.
            let place = work.kind.name == .projects ? nil : await git?.place(of: work.kind.name, id)
            try await settling { _ in
                let document =
                    if let git, let place {
                        try await git.document(work.kind.name, id, at: place, work.client)
                    } else {
                        try await work.client.get(work.kind.name, id: work.kind.routeID(id))
                    }
                let hashes = await knowledge.fingerprints(document, kind: work.kind.name)
                guard await isExpected(hashes, work, id: id) else { throw OperationFailure.changedSince }
                try await intend(
                    work,
                    hashBefore: operation.hashBefore,
                    id: id,
                    before: document,
                    owned: await knowledge.owned(by: operation.key)
                )
                if let git, let place, work.kind.name == .runbooks {
                    return try await git.deleteRunbook(id, at: place, work.client)
                }
                try await work.client.delete(work.kind.name, id: work.kind.routeID(id))
            }
        } catch let error as APIError where error.isNotFound {
            // Gone already: what was wanted.
        }
        await journal.boundary()
        await knowledge.forget(work.kind.name, id: id)
        try await journal.record(entry(operation, .verified, id: id))
    }

    // MARK: - Sending

    private func outgoing(_ work: Work, onto existing: JSON?) async throws -> JSON {
        // A server takes the content of a copy from its own catalogue.
        let community = installedTemplate(work.operation).map { ["CommunityActionTemplateId": $0] as JSON }
        var body = try await knowledge.render(
            community ?? work.operation.after,
            kind: work.kind,
            onto: existing,
            renames: work.operation.partRenames
        )
        if existing == nil {
            for (name, value) in body.objectValue ?? [:] where value.isNull { body[name] = nil }
            // Without a space it would become a document of the whole server.
            if work.kind.scope == .mixed { body["SpaceId"] = .string(work.client.identity.spaceID) }
        }
        if let loss = client.adapter.unknownWords(in: body, kind: work.kind.name).first {
            let versions = versions ?? ServerVersions(source: "newer", destination: client.identity.version)
            if let versions { throw OperationFailure.notInRelease(loss, versions: versions) }
        }
        if let id = await knowledge.leak(in: body, kind: work.kind) { throw OperationFailure.leak(id: id) }
        return body
    }

    private func intend(
        _ work: Work,
        hashBefore: String,
        id: String = "",
        before: JSON? = nil,
        owned: [OperationImage] = []
    ) async throws {
        var entry = entry(work.operation, .intent, id: id)
        entry.hashBefore = hashBefore
        try await journal.record(entry, images: before.map { [image($0, .before, work)] + owned } ?? [])
    }

    private func image(_ document: JSON, _ moment: OperationImage.Moment, _ work: Work) -> OperationImage {
        OperationImage(
            kind: work.kind.name,
            id: document["Id"]?.stringValue ?? KindOwnership.impliedID(document, work.kind) ?? "",
            moment: moment,
            document: document
        )
    }

    private func finish(_ work: Work, _ answer: JSON) async throws {
        await journal.boundary()
        await knowledge.learn(answer, kind: work.kind.name)
        let hash = await knowledge.fingerprint(answer, kind: work.kind.name)
        let id = answer["Id"]?.stringValue ?? KindOwnership.impliedID(answer, work.kind) ?? ""
        let step: JournalEntry.Step = hash == work.operation.hashAfter ? .verified : .done
        var entry = entry(work.operation, step, hashAfter: hash, id: id)
        entry.problem = await journal.entries[entry.sequence]?.problem ?? ""
        try await journal.record(entry, images: [image(answer, .after, work)])
    }

    private func entry(
        _ operation: Operation,
        _ step: JournalEntry.Step,
        hashAfter: String = "",
        id: String = ""
    ) -> JournalEntry {
        JournalEntry(sequence: operation.sequence, step: step, hashAfter: hashAfter, destinationID: id)
    }
}

extension APIError {
    var isBadRequest: Bool {
        if case .refused(_, _, let status, _, _) = self { status == 400 } else { false }
    }

    /// The request may have been carried out although no answer came.
    var leavesOutcomeOpen: Bool {
        switch self {
        case .unreachable, .timeout, .badResponse, .tooLarge: true
        case .refused(_, _, let status, _, _): status >= 500
        default: false
        }
    }
}
