import Catalog
import HTTPTypes
import Store

/// Creating and replacing documents: the one path for requests, rules and seeds.
extension Resources {
    /// Rules write documents whose rules write documents; this deep they must be going in a circle.
    private static let deepest = 12

    /// - Parameters:
    ///   - id: nil for the next one of the kind.
    ///   - space: nil for the space of the body or of the request.
    func create(
        _ name: KindName,
        _ sent: JSON,
        id: String?,
        space: String?,
        in context: WriteContext
    ) throws -> Stored {
        let plan = try plan(name)
        let kind = plan.kind
        guard case .object = sent else {
            throw APIProblem.invalid("The body must be a JSON object, but is \(sent.typeName).")
        }
        try enter(context)
        defer { context.nesting -= 1 }
        var body = plan.withExactNames(sent)
        let space = try self.space(of: kind, body, asked: space, in: context)
        let id = try id ?? newID(kind, body, in: context)
        body["Id"] = .string(id)
        setSpace(space, kind, &body)
        try plan.rules?.prepare(&body, replacing: nil, in: context)
        let secrets = try complete(&body, plan, old: nil, in: context)
        body["Id"] = .string(id)
        setSpace(space, kind, &body)
        try plan.rules?.derive(&body, replacing: nil, in: context)
        try setSlug(&body, plan, id: id, space: space, old: nil, in: context)
        if kind.isVersioned { body["Version"] = 0 }
        let event = EventDraft(
            "Created",
            message: "\(kind.title.one.capitalizedFirst) \(plan.naturalName(body, id: id)) was created",
            documentType: kind.type
        )
        let draft = try draft(&body, plan, id: id, space: space, secrets, in: context)
        let document = try refusing(plan) { try context.writer.insert(draft, event: event) }
        try plan.rules?.saved(document, body: body, old: nil, in: context)
        return try current(document, body, in: context)
    }

    /// - Parameter sent: the whole new body.
    func replace(_ name: KindName, _ id: String, with sent: JSON, in context: WriteContext) throws -> Stored {
        let plan = try plan(name)
        let kind = plan.kind
        guard case .object = sent else {
            throw APIProblem.invalid("The body must be a JSON object, but is \(sent.typeName).")
        }
        try enter(context)
        defer { context.nesting -= 1 }
        let stored = try context.get(name, id)
        let (document, old) = (stored.document, stored.body)
        var body = plan.withExactNames(sent)
        try checkSpace(document.space, kind, body)
        try checkVersion(kind, body, old)
        body["Id"] = .string(document.id)
        setSpace(document.space, kind, &body)
        try plan.rules?.prepare(&body, replacing: old, in: context)
        let secrets = try complete(&body, plan, old: old, in: context)
        body["Id"] = .string(document.id)
        setSpace(document.space, kind, &body)
        try plan.rules?.derive(&body, replacing: old, in: context)
        try setSlug(&body, plan, id: document.id, space: document.space, old: old, in: context)
        if kind.isVersioned { body["Version"] = .int((old["Version"]?.intValue ?? 0) + 1) }
        let draft = try draft(&body, plan, id: document.id, space: document.space, secrets, in: context)
        let event = EventDraft(
            "Modified",
            message: "\(kind.title.one.capitalizedFirst) \(plan.naturalName(body, id: document.id)) was changed",
            documentType: kind.type,
            details: Differences.details(old, body)
        )
        let updated = try refusing(plan) {
            try context.writer.update(draft, expectedVersion: document.version, event: event)
        }
        try plan.rules?.saved(updated, body: body, old: old, in: context)
        return try current(updated, body, in: context)
    }

    /// What a PUT would store, checked in every way and stored nowhere: for documents that are kept elsewhere.
    ///
    /// - Parameter runbooks: ids of those that are kept elsewhere, too.
    func checked(
        _ name: KindName,
        _ sent: JSON,
        replacing old: JSON,
        in context: WriteContext,
        runbooks: Set<String> = []
    ) throws -> JSON {
        let plan = try plan(name)
        var body = plan.request(sent)
        try checkVersion(plan.kind, body, old)
        for member in ["Id", "SpaceId"] { body[member] = old[member] }
        try plan.rules?.prepare(&body, replacing: old, in: context)
        _ = try complete(&body, plan, old: old, in: context)
        try plan.rules?.derive(&body, replacing: old, in: context)
        var intake = ReferenceIntake(
            self,
            plan.kind,
            id: old.text("Id") ?? "",
            space: old.text("SpaceId"),
            writer: context.writer,
            isRunbookInGit: runbooks.contains
        )
        _ = try intake.references(in: body, siteContext(in: context.writer))
        return body
    }

    /// Stores a changed body without rules and validation.
    func amend(_ stored: Stored, in context: WriteContext) throws {
        let plan = try plan(stored.document.kind)
        var body = stored.body
        let event = EventDraft(
            "Modified",
            message: "\(plan.kind.title.one.capitalizedFirst) \(stored.document.name) was changed",
            documentType: plan.kind.type
        )
        let draft = try draft(&body, plan, id: stored.id, space: stored.document.space, .keepAll, in: context)
        _ = try refusing(plan) { try context.writer.update(draft, event: event) }
    }

    private func enter(_ context: WriteContext) throws {
        context.nesting += 1
        guard context.nesting <= Self.deepest else {
            throw APIProblem(
                .internalServerError,
                "A write would cause too many further writes.",
                errors: ["Too many nested writes."]
            )
        }
    }

    /// A rule may have written the document once more meanwhile.
    private func current(_ document: Document, _ body: JSON, in context: WriteContext) throws -> Stored {
        guard let now = try context.writer.document(document.kind, document.id) else {
            throw APIProblem.notFound(try kind(document.kind), document.id)
        }
        guard now.version != document.version else { return Stored(document: now, body: body) }
        return Stored(document: now, body: try self.body(of: now))
    }

    private func newID(_ kind: Kind, _ body: JSON, in context: WriteContext) throws -> String {
        switch kind.identity {
        case .counted(let prefix): return try context.writer.nextID(prefix)
        case .ofOwner(let prefix):
            guard let owner = kind.owner.flatMap({ body[$0.field]?.stringValue }), !owner.isEmpty else {
                throw APIProblem.invalid("A \(kind.title.one) needs \(kind.owner?.field ?? "an owner").")
            }
            return prefix + owner
        }
    }

    // MARK: Spaces

    private func space(of kind: Kind, _ body: JSON, asked: String?, in context: WriteContext) throws -> String? {
        let given = body["SpaceId"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        let space: String?
        switch kind.scope {
        case .system: return nil
        case .mixed: space = asked ?? given ?? context.space?.id
        case .space:
            space = asked ?? context.space?.id ?? given
            guard space != nil else { throw APIProblem.notFound("space") }
        }
        try checkSpace(space, kind, body)
        guard let space, space != context.space?.id else { return space }
        guard let found = try context.writer.document(.spaces, space) else {
            throw APIProblem.invalid("SpaceId: there is no space '\(space.prefix(100))'.")
        }
        return found.id
    }

    private func checkSpace(_ space: String?, _ kind: Kind, _ body: JSON) throws {
        guard kind.scope != .system, let given = body["SpaceId"]?.stringValue, !given.isEmpty, let space,
            given.lowercased() != space.lowercased()
        else { return }
        throw APIProblem.invalid(
            "SpaceId: the \(kind.title.one) belongs to \(space), but the body says \(given.prefix(100)). Leave it out or send \(space)."
        )
    }

    private func setSpace(_ space: String?, _ kind: Kind, _ body: inout JSON) {
        if kind.scope == .system { body["SpaceId"] = nil } else { body["SpaceId"] = .some(JSON(space)) }
    }

    // MARK: Checks

    private func checkVersion(_ kind: Kind, _ body: JSON, _ old: JSON) throws {
        guard kind.isVersioned, let sent = body["Version"]?.intValue else { return }
        let current = old["Version"]?.intValue ?? 0
        if sent != current { throw APIProblem.stale(kind, expected: current, found: sent) }
    }

    /// Defaults and validation, as the catalog describes them.
    ///
    /// - Returns: what is to be done with secrets.
    private func complete(
        _ body: inout JSON,
        _ plan: KindPlan,
        old: JSON?,
        in context: WriteContext
    ) throws -> SecretChanges {
        let outcome = Intake.complete(
            body,
            for: plan.kind,
            replacing: old,
            newUUID: context.newUUID,
            in: siteContext(in: context.writer)
        )
        guard outcome.problems.isEmpty else { throw APIProblem.invalid(outcome.problems.map(\.message)) }
        var completed = outcome.body
        // Requests come without read-only members: these are from rules.
        for name in plan.readOnlyNames { if let value = body[name] { completed[name] = value } }
        body = completed
        return .exactly(
            outcome.secrets.map { path, change in
                let place = path.joined(separator: "/")
                return switch change {
                case .keep: (place, .keep)
                case .clear: (place, .clear)
                case .set(let text): (place, .set(Array(text.utf8)))
                }
            }
        )
    }

    private func setSlug(
        _ body: inout JSON,
        _ plan: KindPlan,
        id: String,
        space: String?,
        old: JSON?,
        in context: WriteContext
    ) throws {
        guard plan.hasSlug else { return }
        let given = body["Slug"]?.stringValue.map(\.trimmingSpaces) ?? ""
        let wanted = given.isEmpty ? old?["Slug"]?.stringValue ?? "" : given
        let slug = Slugs.slug(of: wanted.isEmpty ? plan.naturalName(body, id: id) : wanted)
        let owner = plan.kind.owner.flatMap { body[$0.field]?.stringValue }
        body["Slug"] = .string(
            try Slugs.unique(slug, kind: plan.kind.name, id: id, space: space, owner: owner, in: context.writer)
        )
    }

    /// What goes to the store, with links and audit fields put in.
    private func draft(
        _ body: inout JSON,
        _ plan: KindPlan,
        id: String,
        space: String?,
        _ secrets: SecretChanges,
        in context: WriteContext
    ) throws -> DocumentDraft {
        let kind = plan.kind
        var sites = siteContext(in: context.writer)
        if kind.name == .tenantVariables {
            let types = try TenantTemplates.controlTypes(of: body, in: context)
            sites.controlTypeOfParameter = { types[$0] }
        }
        let hasRunbooksInGit = try hasRunbooksInGit(body, kind, in: context)
        var intake = ReferenceIntake(self, kind, id: id, space: space, writer: context.writer) { token in
            // Which there are depends on the branch.
            hasRunbooksInGit && Slugs.slug(of: token) == token
        }
        let references = try intake.references(in: body, sites)
        body["LastModifiedOn"] = .string(context.now)
        body["LastModifiedBy"] = .string(context.author.username)
        body["Links"] = nil
        let logoTag = kind.hasLogo ? try context.writer.blobETag(kind.name, id) : nil
        body["Links"] = LinkRendering.links(kind, body, id: id, space: space, logoTag: logoTag)
        if kind.name == .projects { GitLinks.add(to: &body) }
        return DocumentDraft(
            kind: kind.name,
            id: id,
            space: space,
            owner: kind.owner.flatMap { body[$0.field]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } },
            name: plan.naturalName(body, id: id),
            slug: plan.hasSlug ? body["Slug"]?.stringValue : nil,
            sortOrder: kind.order == .sortOrder ? body["SortOrder"]?.intValue : nil,
            body: body.bytes,
            references: references,
            secrets: secrets,
            uniqueName: !kind.naturalKey.isEmpty && kind.isNaturalKeyUnique
        )
    }

    /// Whether a document that may name runbooks is of a project that keeps them in Git.
    private func hasRunbooksInGit(_ body: JSON, _ kind: Kind, in context: WriteContext) throws -> Bool {
        let field: String
        switch kind.name {
        case .variableSets: field = "OwnerId"
        case .triggers: field = "ProjectId"
        default: return false
        }
        guard let project = try body.text(field).flatMap({ try context.find(.projects, $0) }) else { return false }
        return GitSettings(project: project.body)?.holdsRunbooks ?? false
    }

    /// Looks up the parameters of step templates that actions use.
    func siteContext(in reader: some StoreReading) -> SiteContext {
        // Only called inside the transaction or read that the reader belongs to, and dropped with it.
        nonisolated(unsafe) let find: (String) -> Document? = { try? reader.document(.stepTemplates, $0) }
        return SiteContext { [self] templateID in
            guard plans[.stepTemplates] != nil, let template = find(templateID).flatMap({ try? body(of: $0) }) else {
                return [:]
            }
            var types: [String: String] = [:]
            for parameter in template["Parameters"]?.arrayValue ?? [] {
                guard let name = parameter["Name"]?.stringValue,
                    let type = parameter["DisplaySettings"]?["Octopus.ControlType"]?.stringValue
                else { continue }
                types[name] = type
            }
            return types
        }
    }

    private func refusing<Result>(_ plan: KindPlan, _ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch StoreError.duplicateName(_, let name, let existing) {
            throw APIProblem.invalid(
                "A \(plan.kind.title.one) named '\(name.prefix(200))' exists already (\(existing)). Choose another name."
            )
        }
    }
}

extension String {
    /// The same with its first letter in upper case.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
