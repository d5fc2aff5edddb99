public import Catalog
public import Sync

/// What has to be read of a replica: the kinds that the policy syncs, and those that their references name.
public struct ReadSet: Sendable, Hashable {
    /// One request each.
    public var lists: [KindName]
    /// Without these nothing can be compared; the others may be hidden from the key.
    public var required: Set<KindName>
    public var withVariableSets: Bool
    public var withTenantVariables: Bool
    /// Logos are compared on every run: from a server whose links do not tell the content, each is fetched.
    public var withLogoContent = false
    public var withPackages = false

    public init(lists: [KindName], required: Set<KindName>, withVariableSets: Bool, withTenantVariables: Bool) {
        self.lists = lists
        self.required = required
        self.withVariableSets = withVariableSets
        self.withTenantVariables = withTenantVariables
        withLogoContent = false
        withPackages = false
    }

    public init(for policy: Policy, catalog: Catalog) {
        let synced = catalog.kinds.filter { kind in
            let mode = policy.types[kind.name]?.mode ?? kind.sync.mode
            return mode != .skip && mode != .forbid && mode != .impossible
        }
        required = Set(synced.map(\.name))
        var wanted = required
        for kind in synced { wanted.formUnion(kind.shape.referencedKinds) }
        // Whoever owns a document gives it its key.
        for kind in synced { wanted.formUnion(kind.owner?.kinds ?? []) }
        withVariableSets = wanted.contains(.variableSets)
        withTenantVariables = required.contains(.tenantVariables) && policy.tenantVariables != .skip
        withPackages = policy.packages.mode != .skip
        let logos = policy.types[.logos]?.mode ?? catalog[.logos]?.sync.mode
        withLogoContent = logos == .merge || logos == .exact
        lists = catalog.kinds.filter { wanted.contains($0.name) && $0.operations.contains(.list) }.map(\.name)
            .filter { !ReadSet.neverListed.contains($0) }
    }

    /// Parts that only their owners lead to, and what no document that sync writes depends on: people and spaces are
    /// each server's own.
    private static let neverListed: Set<KindName> = [
        .spaces, .events, .syncRuns, .users, .variableSets, .tenantVariables, .deploymentSettings,
    ]
}

extension Shape {
    /// The kinds that references in such a document can name.
    var referencedKinds: Set<KindName> {
        var kinds = Set<KindName>()
        for field in fields + variants.values.flatMap({ $0 }) where field.syncOwner != .derived {
            field.type.addReferencedKinds(to: &kinds)
        }
        return kinds
    }
}

extension FieldType {
    fileprivate func addReferencedKinds(to kinds: inout Set<KindName>) {
        switch self {
        case .reference(let reference): kinds.formUnion(reference.targets)
        case .object(let shape), .optionalObject(let shape), .entries(let shape, _, _), .list(let shape):
            kinds.formUnion(shape.referencedKinds)
        case .map(let key, let value):
            kinds.formUnion(key?.targets ?? [])
            value.addReferencedKinds(to: &kinds)
        default: break
        }
    }
}
