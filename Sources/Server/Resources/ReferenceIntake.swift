import Catalog
import Store

/// Finds the references of a body for the index, and checks those that have to exist.
struct ReferenceIntake {
    private let resources: Resources
    private let kind: Kind
    /// What the server sets itself may name a part that is made right after.
    private let unchecked: Set<String>
    private let id: String
    private let space: String?
    private let writer: StoreWriter
    /// Ids of runbooks that the database has no document of.
    private let isRunbookInGit: (String) -> Bool

    private var found: Set<DocumentReference> = []
    private var errors: [String] = []
    private var known: [String: Bool] = [:]
    private var tagIDs: [String: String]?

    init(
        _ resources: Resources,
        _ kind: Kind,
        id: String,
        space: String?,
        writer: StoreWriter,
        isRunbookInGit: @escaping (String) -> Bool = { _ in false }
    ) {
        self.resources = resources
        self.kind = kind
        unchecked = Set(resources.plans[kind.name]?.readOnlyNames ?? [])
        self.id = id
        self.space = space
        self.writer = writer
        self.isRunbookInGit = isRunbookInGit
    }

    /// - Throws: `APIProblem` that names each field whose target does not exist.
    mutating func references(in body: JSON, _ context: SiteContext) throws -> [DocumentReference] {
        try kind.shape.visit(body, in: context) { site in
            guard case .reference(let reference) = site.content else { return }
            for token in reference.tokens(in: site.value) { try take(token, reference, at: site) }
        }
        guard errors.isEmpty else { throw APIProblem.invalid(errors) }
        return found.sorted { ($0.path, $0.toID) < ($1.path, $1.toID) }
    }

    private mutating func take(_ token: String, _ reference: Reference, at site: Site) throws {
        switch reference.form {
        case .id:
            guard !reference.targets.contains(.external) else { return }
            if isEnforced(site), token != id, try !exists(token, reference.targets) {
                errors.append(message(token, reference, site))
            }
            found.insert(DocumentReference(path: site.pathText, toID: token))
        case .canonicalTag:
            if let tag = try tagID(token) {
                found.insert(DocumentReference(path: site.pathText, toID: tag))
            } else if isEnforced(site) {
                errors.append(message(token, reference, site))
            }
        case .name, .slug, .partID: break
        }
    }

    /// References inside properties and typed values may dangle: real projects hold ids of things long gone there.
    private func isEnforced(_ site: Site) -> Bool {
        // The rules keep only what the tenant is linked to; the rest are typed values.
        guard kind.name != .tenantVariables else { return false }
        guard let field = site.path.first, !unchecked.contains(field) else { return false }
        return !site.path.contains("Properties") && site.path.last != "Value" && site.path.last != "DefaultValue"
    }

    private mutating func exists(_ token: String, _ targets: [KindName]) throws -> Bool {
        if let answer = known[token] { return answer }
        let described = targets.filter { resources.plans[$0] != nil }
        var answer = described.isEmpty || (targets.contains(.runbooks) && isRunbookInGit(token))
        for target in described where !answer {
            answer =
                try writer.withDocument(target, token) { row in
                    let other = row.space
                    return other == nil || space == nil || other == space || target == .spaces
                } ?? false
        }
        known[token] = answer
        return answer
    }

    private mutating func tagID(_ token: String) throws -> String? {
        if tagIDs == nil { tagIDs = try loadTags() }
        return tagIDs?[token.lowercased()]
    }

    /// Ids of the space's tags by canonical name and by id.
    private func loadTags() throws -> [String: String] {
        var result: [String: String] = [:]
        guard resources.plans[.tagSets] != nil else { return result }
        for set in try resources.all(.tagSets, space: space, owner: nil, in: writer) {
            let name = set.body["Name"]?.stringValue ?? ""
            for tag in set.body["Tags"]?.arrayValue ?? [] {
                guard let id = tag["Id"]?.stringValue, let tagName = tag["Name"]?.stringValue else { continue }
                result["\(name)/\(tagName)".lowercased()] = id
                result[id.lowercased()] = id
            }
        }
        return result
    }

    private func message(_ token: String, _ reference: Reference, _ site: Site) -> String {
        let what = reference.targets.compactMap { resources.plans[$0]?.kind.title.one }.first ?? "document"
        let name = reference.form == .canonicalTag ? "tag" : what
        return "\(site.path.joined(separator: ".")): there is no \(name) '\(token.prefix(200))' here."
    }
}
