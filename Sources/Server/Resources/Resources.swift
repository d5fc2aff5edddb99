import Catalog
import Store

/// What is done with documents of every kind in the same way, as the catalog describes them.
///
/// The parts are in files of their own: `Creating`, `Deleting`, `Reading`, `Listing`.
final class Resources: Sendable {
    let catalog: Catalog
    let plans: [KindName: KindPlan]

    init(catalog: Catalog, rules: [any ResourceRules]) {
        self.catalog = catalog
        let rules = Dictionary(rules.map { ($0.kind, $0) }) { first, _ in first }
        plans = Dictionary(
            uniqueKeysWithValues: catalog.kinds.map { ($0.name, KindPlan($0, catalog: catalog, rules: rules[$0.name])) }
        )
    }

    func plan(_ name: KindName) throws -> KindPlan {
        guard let plan = plans[name] else { throw APIProblem.notFound("resource type", name.rawValue) }
        return plan
    }

    func kind(_ name: KindName) throws -> Kind { try plan(name).kind }

    /// Stored bodies are our own and may be larger than what a request may bring.
    private static let storedLimits = JSONLimits(bytes: 256 << 20, depth: 128, values: 16_000_000)

    func body(of document: Document) throws -> JSON {
        try JSON.parse(document.body, limits: Self.storedLimits)
    }
}

/// What is worked out once about a kind.
struct KindPlan: Sendable {
    let kind: Kind
    let rules: (any ResourceRules)?
    /// Names of fields by their lower-case form.
    let fieldNames: [String: String]
    /// Members of the top level that only the server sets, besides those that all documents have.
    let readOnlyNames: [String]
    let hasSlug: Bool
    /// The kinds of documents that are parts of this one.
    let parts: [KindName]
    let computesServedForm: Bool

    init(_ kind: Kind, catalog: Catalog, rules: (any ResourceRules)?) {
        self.kind = kind
        self.rules = rules
        let fields = kind.fieldsByName
        fieldNames = Dictionary(fields.keys.map { ($0.lowercased(), $0) }) { first, _ in first }
        readOnlyNames = fields.values.filter { $0.access == .readOnly }.map(\.name)
        hasSlug = fields["Slug"] != nil
        parts = catalog.kinds.filter { $0.owner?.kinds.contains(kind.name) ?? false }.map(\.name)
        computesServedForm = rules?.computesServedForm ?? false
    }

    /// The body with the names of its top-level members as the catalog spells them.
    func withExactNames(_ body: JSON) -> JSON {
        guard case .object(let object) = body else { return body }
        var result = JSONObject()
        result.reserveCapacity(object.count)
        for (name, value) in object {
            let exact = fieldNames[name] == nil ? fieldNames[name.lowercased()] ?? name : name
            if exact == name || object[exact] == nil { result[exact] = value }
        }
        return .object(result)
    }

    /// What a client may set: the names of top-level members made exact, read-only ones gone.
    func request(_ body: JSON) -> JSON {
        var result = withExactNames(body)
        for name in readOnlyNames { result[name] = nil }
        return result
    }

    /// What names a document of this kind among those of its space and owner.
    func naturalName(_ body: JSON, id: String) -> String {
        guard !kind.naturalKey.isEmpty else { return id }
        return kind.naturalKey.map { body[$0]?.stringValue ?? "" }.joined(separator: " / ")
    }

    /// The usual spelling of an id that was sent in any case.
    func canonicalID(_ id: String) -> String {
        switch kind.identity {
        case .counted(let prefix):
            guard id.utf8.count > prefix.utf8.count + 1, id.lowercased().hasPrefix(prefix.lowercased() + "-") else {
                return id
            }
            let number = id.dropFirst(prefix.count + 1)
            return number.utf8.allSatisfy { (0x30...0x39).contains($0) } ? "\(prefix)-\(number)" : id
        case .ofOwner(let prefix):
            guard id.lowercased().hasPrefix(prefix.lowercased()) else { return id }
            return prefix + id.dropFirst(prefix.count)
        }
    }
}

extension Resources {
    /// Everything that Skerry describes, with all its rules.
    static let standard = Resources(catalog: .standard, rules: StandardRules.all)
}
