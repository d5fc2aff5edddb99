import Catalog

/// How the documents of one kind are planned, by catalog and policy. Asked for each document: one object for each kind.
final class Treatment: Sendable {
    let name: KindName
    let kind: Kind
    let mode: SyncTreatment.Mode
    let phase: SyncPhase
    let selection: NameSelection
    let aliases: [String: String]
    /// The policy's owners of single fields, with the line that says so.
    let owners: [String: (owner: Field.SyncOwner, isShared: Bool, rule: String)]
    /// Some field is neither side's alone.
    var hasSharedFields: Bool { owners.values.contains(where: \.isShared) }
    /// Only documents that selected projects refer to go over.
    let isOnlyReferenced: Bool
    /// By folded source name: what references use where the document itself does not go over.
    let replacements: [String: String]
    let keepsExtraTags: Bool
    /// Fields that do not belong to the source.
    let foreignFields: Set<String>
    /// Some field is written in a phase of its own.
    let hasDeferredFields: Bool
    /// Where its documents have parts.
    let parts: PartShape

    init(
        name: KindName,
        kind: Kind,
        mode: SyncTreatment.Mode,
        phase: SyncPhase,
        selection: NameSelection,
        aliases: [String: String],
        owners: [String: (owner: Field.SyncOwner, isShared: Bool, rule: String)],
        isOnlyReferenced: Bool,
        replacements: [String: String],
        keepsExtraTags: Bool
    ) {
        self.name = name
        self.kind = kind
        self.mode = mode
        self.phase = phase
        self.selection = selection
        self.aliases = aliases
        self.owners = owners
        self.isOnlyReferenced = isOnlyReferenced
        self.replacements = replacements
        self.keepsExtraTags = keepsExtraTags
        foreignFields = Self.foreignFields(kind.shape, owners)
        parts = PartShape(kind.shape)
        hasDeferredFields = (kind.shape.fields + kind.shape.variants.values.joined()).contains { $0.syncPhase != nil }
    }

    /// The same for documents that a rule gives another mode.
    func with(_ mode: SyncTreatment.Mode) -> Treatment {
        if mode == self.mode { return self }
        return Treatment(
            name: name,
            kind: kind,
            mode: mode,
            phase: phase,
            selection: selection,
            aliases: aliases,
            owners: owners,
            isOnlyReferenced: isOnlyReferenced,
            replacements: replacements,
            keepsExtraTags: keepsExtraTags
        )
    }

    /// The key of this kind in a policy's `types`.
    var policyKey: String { name == .scriptModules ? "scriptModules" : kind.policyKey }

    /// Documents of this kind may be written.
    var isPlanned: Bool {
        switch mode {
        case .exact, .merge, .nameOnly, .initialOnly: name != .deploymentSettings
        case .skip, .forbid, .impossible: false
        }
    }

    /// Fields are compared on every run, not on creation only.
    var comparesFields: Bool { mode == .exact || mode == .merge }

    func owner(of field: Field) -> Field.SyncOwner { Self.owner(of: field, owners) }

    /// Where a variant has a field of all variants too, the one of all decides.
    private static func foreignFields(
        _ shape: Shape,
        _ owners: [String: (owner: Field.SyncOwner, isShared: Bool, rule: String)]
    ) -> Set<String> {
        var names: Set<String> = []
        for field in shape.fields where owner(of: field, owners) != .source { names.insert(field.name) }
        for field in shape.variants.values.joined() where owner(of: field, owners) != .source {
            if !shape.fields.contains(where: { $0.name == field.name }) { names.insert(field.name) }
        }
        return names
    }

    private static func owner(
        of field: Field,
        _ owners: [String: (owner: Field.SyncOwner, isShared: Bool, rule: String)]
    ) -> Field.SyncOwner {
        if field.syncOwner == .derived { return .derived }
        return owners[field.name]?.owner ?? field.syncOwner
    }

    /// Elements that only the destination has stay, even in an exact kind (tags).
    var keepsExtraEntries: Bool { name == .tagSets && keepsExtraTags }

    /// The field that tells documents apart which may share a name but nothing else.
    var subtypeField: String? {
        if let discriminator = kind.shape.discriminator { return discriminator }
        switch name {
        case .accounts: return "AccountType"
        case .feeds: return "FeedType"
        case .workerPools: return "WorkerPoolType"
        case .stepTemplates: return "CommunityActionTemplateId"
        default: return nil
        }
    }

    /// What a document is besides its name; documents that differ here are never paired.
    func subtype(of body: JSON) -> String {
        guard let field = subtypeField, let value = body[field], !value.isNull else { return "" }
        if name == .stepTemplates {
            guard case .resolved(let key)? = NormalReference(json: value) else { return Self.community }
            return "\(Self.community) template \(key.name)"
        }
        return value.stringValue ?? ""
    }

    /// Of a community template that the server's catalogue does not have, nobody knows which it is.
    func isCompatible(_ source: String, _ destination: String) -> Bool {
        if source == destination { return true }
        guard name == .stepTemplates, source == Self.community || destination == Self.community else { return false }
        return source.hasPrefix(Self.community) && destination.hasPrefix(Self.community)
    }

    private static let community = "community"
}

/// The treatments of all kinds, in the order in which they are planned.
struct Treatments {
    /// By phase, owners before what they own; kinds that are not planned come first, since others refer to them.
    let ordered: [Treatment]
    private let byName: [KindName: Treatment]

    init(catalog: Catalog, policy: Policy) {
        var all: [Treatment] = []
        for kind in catalog.kinds {
            all.append(Self.treatment(kind.name, kind, policy))
            if kind.name == .librarySets { all.append(Self.treatment(.scriptModules, kind, policy)) }
        }
        let ordered = all.enumerated().sorted { left, right in
            (left.element.isPlanned ? left.element.phase.rawValue : -1, left.offset)
                < (right.element.isPlanned ? right.element.phase.rawValue : -1, right.offset)
        }.map(\.element)
        // What is owned comes after its owner, also where its owner has a later phase or it is not planned at all.
        let roots = ordered.filter { $0.kind.owner == nil }
        let children = ordered.filter { $0.kind.owner != nil }
        self.ordered = roots + (1...3).flatMap { depth in children.filter { Self.depth($0.name) == depth } }
        byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
    }

    subscript(name: KindName) -> Treatment? { byName[name] }

    private static func depth(_ name: KindName) -> Int {
        switch name {
        case .runbookProcesses: 2
        case .variableSets: 3
        default: 1
        }
    }

    private static func treatment(_ name: KindName, _ kind: Kind, _ policy: Policy) -> Treatment {
        let rule = policy.types[name]
        let isModule = name == .scriptModules
        var owners: [String: (owner: Field.SyncOwner, isShared: Bool, rule: String)] = [:]
        for line in policy.ownership where line.kind == kind.policyKey || (isModule && line.kind == "scriptModules") {
            owners[line.field] = (
                line.owner, line.isShared, line.line > 0 ? "ownership, line \(line.line)" : "ownership"
            )
        }
        for (name, owner, rule) in settled(name, policy) where owners[name] == nil {
            owners[name] = (owner, false, rule)
        }
        return Treatment(
            name: name,
            kind: kind,
            mode: rule?.mode ?? (isModule ? .exact : kind.sync.mode),
            phase: isModule ? .scriptModules : kind.sync.phase,
            selection: NameSelection(rule?.select ?? []),
            aliases: rule?.aliases ?? [:],
            owners: owners,
            isOnlyReferenced: name == .lifecycles && (rule?.select ?? []).isEmpty,
            replacements: rule?.replacements ?? [:],
            keepsExtraTags: policy.options.extraTags == .keep
        )
    }

    /// Owners of fields that settings of their own decide.
    private static func settled(_ name: KindName, _ policy: Policy) -> [(String, Field.SyncOwner, String)] {
        let options = policy.options
        var result: [(String, Field.SyncOwner, String)] = []
        if name == .channels, options.defaultChannel == .destination {
            result.append(("IsDefault", .destination, "types.channels.default: destination"))
        }
        if name == .channels, options.channelRules == .skip {
            result += Self.channelRules.map { ($0, .destination, "types.channels.rules: skip") }
        }
        if name == .tenants, options.tenantLinks == .destination {
            result.append(("ProjectEnvironments", .destination, "types.tenants.links: destination"))
        }
        if name == .projects, options.projectGroup == .destination {
            result.append(("ProjectGroupId", .destination, "types.projects.group: destination"))
        }
        if name == .projects, options.releaseCreation == .skip {
            result += Self.releaseSettings.map { ($0, .destination, "releaseCreation: skip") }
        }
        return result
    }

    static let channelRules = ["Rules", "GitReferenceRules", "GitResourceRules"]
    static let releaseSettings = ["AutoCreateRelease", "ReleaseCreationStrategy", "VersioningStrategy"]
}
