public import Catalog

/// What a person means by `project Database`, `projects/Database.Description` or just `Database`.
public struct EntityQuery: Sendable, Hashable {
    public var key: EntityKey
    /// A field, or what is behind it: `Description`, `Variables/Url`. Nil for the whole document.
    public var field: String?

    /// Why a text names nothing, or too much.
    public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        public var description: String
    }

    /// - Parameter keys: everything that can be meant.
    /// - Throws: `Problem`, with what was perhaps meant.
    public static func parse(
        _ text: String,
        among keys: some Sequence<EntityKey>,
        catalog: Catalog = .standard
    ) throws(Problem) -> EntityQuery {
        let wanted = EntityKey.folded(text)
        // Names may contain dots: the longest form that fits is what is meant.
        var best: [(query: EntityQuery, length: Int)] = []
        for key in keys {
            for form in forms(of: key, catalog) {
                let folded = EntityKey.folded(form)
                guard wanted == folded || wanted.hasPrefix(folded + "."), folded.count >= best.first?.length ?? 0 else {
                    continue
                }
                if folded.count > best.first?.length ?? 0 { best = [] }
                let rest = text.trimmingSpaces.dropFirst(form.trimmingSpaces.count + 1)
                let query = EntityQuery(key: key, field: rest.isEmpty ? nil : String(rest))
                if !best.contains(where: { $0.query == query }) { best.append((query, folded.count)) }
            }
        }
        if best.count == 1, let found = best.first { return found.query }
        guard best.isEmpty else {
            let titles = best.map { $0.query.key.title(in: catalog) }.sorted().joined(separator: ", ")
            throw Problem(description: "'\(text)' may be \(titles); write its type before it")
        }
        throw Problem(description: "there is no '\(text)'\(suggestion(wanted, keys, catalog))")
    }

    /// `project Database`, `projects/Database`, `project/Database`, `Database`
    private static func forms(of key: EntityKey, _ catalog: Catalog) -> [String] {
        var kinds = [key.kind.rawValue]
        if let kind = catalog[key.kind == .scriptModules ? .librarySets : key.kind] {
            let policyKey = key.kind == .scriptModules ? "scriptModules" : kind.policyKey
            kinds += [policyKey, policyKey.hasSuffix("s") ? String(policyKey.dropLast()) : policyKey]
        }
        let path = key.path.joined(separator: "/")
        // A path that begins with a kind would take the place of a document of that kind.
        let bare = [.variableSets, .logos, .templateParameters].contains(key.kind) ? [] : [path]
        return [key.title(in: catalog), key.path.joined(separator: " / ")] + bare
            + kinds.flatMap { ["\($0)/\(path)", "\($0) \(path)"] }
    }

    private static func suggestion(_ wanted: String, _ keys: some Sequence<EntityKey>, _ catalog: Catalog) -> String {
        let name = wanted.split { "/ ".contains($0) }.last.map(String.init) ?? wanted
        let close = keys.filter { $0.foldedPath.last.map { $0.contains(name) || name.contains($0) } ?? false }
            .map { $0.title(in: catalog) }.sorted().prefix(5)
        return close.isEmpty
            ? "; write it like 'project Database' or 'project Database.Description'"
            : "; did you mean \(close.joined(separator: ", "))?"
    }
}

extension String {
    fileprivate var trimmingSpaces: String { EntityKey.trimmed(self) }
}
