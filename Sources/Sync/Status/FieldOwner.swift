public import Catalog

/// Who decides about a field, and which line of which list says so.
public struct FieldOwner: Sendable, Hashable {
    public var owner: Field.SyncOwner
    /// `ownership, line 12`, `the type's mode (nameOnly)`, `built in`
    public var rule: String

    /// - Parameter field: a top-level field or what is behind it; nil for the document as a whole.
    public init(of key: EntityKey, field: String?, policy: Policy, catalog: Catalog = .standard) {
        let treatment = Treatments(catalog: catalog, policy: policy)[key.kind]
        let top = field?.split(separator: "/").first.map(String.init)
        if key.kind == .variableSets, let name = FieldOwner.variable(in: field) {
            let line = policy.ownership.last { $0.kind == "variable" && NamePattern($0.field).matches(name) }
            owner = line?.owner == .destination ? .destination : .source
            rule = line.map { $0.line > 0 ? "ownership, line \($0.line)" : "ownership" } ?? "built in"
        } else if let top, let line = treatment?.owners[top] {
            (owner, rule) = (line.owner, line.rule)
        } else if let treatment, !treatment.isPlanned {
            (owner, rule) = (.destination, "types.\(treatment.kind.policyKey): \(treatment.mode.rawValue)")
        } else if let treatment, !treatment.comparesFields, top != "Name" {
            (owner, rule) = (.destination, "the type's mode (\(treatment.mode.rawValue))")
        } else {
            let described = top.flatMap { name in treatment?.kind.field(name) }
            (owner, rule) = (described?.syncOwner ?? .source, "built in")
        }
    }

    /// `Variables/Url/value` → `Url`
    static func variable(in field: String?) -> String? {
        let parts = (field ?? "").split(separator: "/").map(String.init)
        guard parts.count > 1, parts[0] == "Variables" else { return nil }
        let isPart = parts.count > 2 && VariableField(rawValue: parts[parts.count - 1]) != nil
        return parts[1..<(isPart ? parts.count - 1 : parts.count)].joined(separator: "/")
    }
}
