import Catalog
import Store

/// Tag sets: other documents name a tag by `Set name/Tag name`, so a new name goes to all of them, and a tag that is
/// named somewhere stays.
struct TagSetRules: ResourceRules {
    let kind = KindName.tagSets

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        let names = [body.text("Name")] + (body["Tags"]?.arrayValue ?? []).map { $0.text("Name") }
        for name in names.compactMap({ $0 }) where name.contains("/") {
            throw APIProblem.invalid(
                "The name '\(name.prefix(200))' must not contain '/', because tags are named 'set/tag'."
            )
        }
    }

    /// A tag keeps its id when it is one of this set; one that came from elsewhere gets a new one, so that tags can
    /// move.
    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        let (set, setName) = (body.text("Id") ?? "", body.text("Name") ?? "")
        let tags = try (body["Tags"]?.arrayValue ?? []).enumerated().map { position, tag in
            var tag = tag
            if tag.text("Id") == nil { tag["Id"] = .string("\(set)/\(try context.writer.nextID("Tags"))") }
            tag["SortOrder"] = .int(position)
            tag["CanonicalTagName"] = .string("\(setName)/\(tag.text("Name") ?? "")")
            return tag
        }
        let kept = Set(tags.compactMap { $0.text("Id") })
        for tag in old?["Tags"]?.arrayValue ?? [] {
            guard let id = tag.text("Id"), !kept.contains(id) else { continue }
            try Self.checkUnused(id, name: tag.text("CanonicalTagName") ?? id, in: context)
        }
        body["Tags"] = .array(tags)
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        guard let old else { return }
        let before = Self.canonicalNames(of: old)
        var changed: [String: String] = [:]
        for (id, name) in Self.canonicalNames(of: body) {
            if let oldName = before[id], oldName != name { changed[id] = name }
        }
        guard !changed.isEmpty else { return }
        let names = Dictionary(
            changed.map { id, name in ((before[id] ?? "").lowercased(), name) }
        ) { first, _ in first }
        try Self.rename(names, usersOf: changed.keys.sorted(), in: context)
    }

    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {
        for (id, name) in Self.canonicalNames(of: body).sorted(by: { $0.value < $1.value }) {
            try Self.checkUnused(id, name: name, in: context)
        }
    }

    private static func canonicalNames(of set: JSON) -> [String: String] {
        Dictionary(
            (set["Tags"]?.arrayValue ?? []).compactMap { tag in
                guard let id = tag.text("Id"), let name = tag.text("CanonicalTagName") else { return nil }
                return (id, name)
            }
        ) { first, _ in first }
    }

    private static func checkUnused(_ tag: String, name: String, in context: WriteContext) throws {
        let usages = try context.writer.usages(of: tag)
        guard let first = usages.first else { return }
        let user = try context.writer.document(first.fromKind, first.fromID)?.name ?? first.fromID
        let others = Set(usages.map(\.fromID)).count - 1
        let more = others > 0 ? " and \(others) more" : ""
        throw APIProblem.invalid("The tag '\(name)' is used by '\(user)'\(more). Take it off there first.")
    }

    private static func rename(_ names: [String: String], usersOf tags: [String], in context: WriteContext) throws {
        var users = Set<DocumentAddress>()
        for tag in tags {
            for usage in try context.writer.usages(of: tag) {
                users.insert(DocumentAddress(kind: usage.fromKind, id: usage.fromID))
            }
        }
        for user in users.sorted(by: { ($0.kind.rawValue, $0.id) < ($1.kind.rawValue, $1.id) }) {
            guard let shape = context.catalog[user.kind]?.shape else { continue }
            try context.amend(user.kind, user.id) { body in
                body = shape.rewriting(body) { site in
                    guard case .reference(let reference) = site.content, reference.form == .canonicalTag else {
                        return site.value
                    }
                    return reference.replacingTokens(in: site.value) { names[$0.lowercased()] ?? $0 }
                }
            }
        }
    }

    private struct DocumentAddress: Hashable {
        var kind: KindName
        var id: String
    }
}
