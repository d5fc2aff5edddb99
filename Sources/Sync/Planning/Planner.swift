import Catalog

/// One source entity and what it is at the destination. Looked up everywhere and large: one object, never copied.
final class Pair {
    let source: Entity
    /// Nil when it has to be created, or does not exist there.
    var destination: Entity?
    var record: SyncState.Record?
    var lineage: String
    /// Its key at the destination once the plan is applied.
    var finalKey: EntityKey
    /// Sync may write it. Else it is here only because others refer to it.
    var isPlanned: Bool
    /// It exists at the destination once the plan is applied.
    var isAvailable: Bool

    init(
        source: Entity,
        destination: Entity?,
        record: SyncState.Record?,
        lineage: String,
        finalKey: EntityKey,
        isPlanned: Bool,
        isAvailable: Bool
    ) {
        self.source = source
        self.destination = destination
        self.record = record
        self.lineage = lineage
        self.finalKey = finalKey
        self.isPlanned = isPlanned
        self.isAvailable = isAvailable
    }
}

/// The work of one call of `makePlan`. Never leaves it.
final class Planner {
    let input: PlanningInput
    let policy: Policy
    let source: ReplicaIndex
    let destination: ReplicaIndex
    let treatments: Treatments
    let environments: EnvironmentMapping
    let overrides: EnvironmentOverrides
    /// What environments become at the place that is being planned.
    var environmentTargets: EnvironmentOverrides.Targets
    let remembered: RememberedPairs
    let references = ReferenceTable()
    /// What is there of scopes at the destination, as a hash, for sets of which nothing is missing.
    var availabilityDigests: [[ScopeMapping]: String] = [:]

    /// By source key.
    var pairs: [EntityKey: Pair] = [:]
    /// Source keys of what is planned, in the order of planning.
    var planned: [EntityKey] = []
    /// Documents of the destination that a source entity is paired with, by their current key.
    var claims: [EntityKey: EntityKey] = [:]
    /// Channels that the policy leaves out, as the source calls them.
    var excludedChannels: Set<EntityKey> = []
    /// Keys of what is to be created, with the source key that claims each.
    var creations: [EntityKey: EntityKey] = [:]
    /// Names that entities of a rename circle have in between, by source key.
    var temporaryNames: [EntityKey: String] = [:]
    /// Current destination keys to final ones.
    var renames: [EntityKey: EntityKey] = [:]
    /// Destination keys as earlier runs remember them to those that the same documents have now.
    var rememberedRenames: [EntityKey: EntityKey] = [:]
    /// Source actions that the destination does not get.
    var droppedActions: Set<EntityKey> = []
    /// What was decided about steps, by the source key of their process.
    var stepNotes: [EntityKey: StepNotes] = [:]
    /// Which parts of paired documents belong together, by source key.
    var alignments: [EntityKey: PartAlignment] = [:]
    /// Keys that parts of the source have at the destination in the end, where those are not the same.
    var partKeys: [EntityKey: EntityKey] = [:]
    /// Known once parts are aligned.
    lazy var parameterRenames = ParameterRenames(self)
    /// Properties of steps that follow a renamed parameter, by the lineage of their process.
    var carriedParameters: [String: [PartRename]] = [:]
    /// Documents whose parts have their names in the end already, by lineage.
    var settledParts: Set<String> = []
    /// Bodies as the operations so far leave them, by lineage.
    var bodies: [String: JSON] = [:]
    /// Tags that are gone at the source and still there at the destination, by the source key of their set.
    var postponedTags: [EntityKey: [String]] = [:]
    /// Fields of planned documents that a later phase writes.
    var deferred: [EntityKey] = []

    /// Who refers to what at the destination; made when it is first needed.
    var destinationUsers: [EntityKey: Set<EntityKey>]?
    /// Documents of the destination that this plan deletes, with the phase of their kind.
    var deleted: [EntityKey: SyncPhase] = [:]
    /// Source keys by lineage, for what is planned.
    var keysByLineage: [String: EntityKey] = [:]

    var drafts: [OperationDraft] = []
    var conflicts: [Conflict] = []
    var conflictIDs: Set<String> = []
    var notices: [Notice] = []
    var skipped: [Skipped] = []
    var secrets: [SecretNeed] = []
    /// The ways to values of tenants among them.
    var tenantSecrets: [SecretPlace: [String]] = [:]
    /// Names of the variables among them.
    var variableNames: [SecretPlace: String] = [:]
    /// What providers of the policy set in this plan.
    var givenVersions: [SecretPlace: String] = [:]
    var secretRows: [SecretPlace: SecretRow] = [:]
    var packages: [PackageNeed] = []
    var records: [String: SyncState.Record]
    /// What people decided, by conflict id, and which of it this plan relies on.
    let resolutions: [String: ConflictResolution]
    var usedResolutions: Set<String> = []
    /// Conflicts whose resolution does not hold, and was told about.
    var toldResolutions: Set<String> = []
    /// Where the newer side would win, if events told which it is.
    var undated: Set<EntityKey> = []
    var locatedReasons: [Reason: String] = [:]
    /// Source keys of what exists on both sides and was never synced.
    var met: [EntityKey] = []

    init(_ input: PlanningInput) throws(PlanningError) {
        self.input = input
        policy = input.policy
        let pair = SyncState.Pair(source: input.source.identity, destination: input.destination.identity)
        if let known = input.state.pair, known != pair { throw .stateOfAnotherPair(state: known, replicas: pair) }
        source = ReplicaIndex(input.source)
        destination = ReplicaIndex(input.destination)
        treatments = Treatments(catalog: input.catalog, policy: input.policy)
        remembered = RememberedPairs(input.state)
        let (source, destination, remembered) = (source, destination, remembered)
        let mapping = { (rules: [Policy.EnvironmentRule]) throws(PlanningError) in
            try EnvironmentMapping(source: source, destination: destination, remembered: remembered, rules: rules)
        }
        environments = try mapping(policy.environments)
        overrides = try EnvironmentOverrides(policy, standard: environments, make: mapping)
        environmentTargets = environments.targets
        records = input.state.records
        resolutions = Dictionary(input.settings.resolutions.map { ($0.conflictID, $0) }) { _, last in last }
    }

    /// The same for one entity on every run, and no id.
    func lineage(of entity: Entity) -> String {
        let identity = input.source.identity
        let text = [identity.installationID, identity.spaceID, entity.key.kind.rawValue, entity.id]
        return String(Fingerprint.hash(Array(text.joined(separator: "\u{1F}").utf8)).prefix(32))
    }
}

/// The records of earlier runs, by what they can be found by.
struct RememberedPairs {
    private let records: [SyncState.Record]
    private var bySourceID: [Place: Int] = [:]
    private var byKey: [EntityKey: Int] = [:]
    private var byDestinationID: [Place: Int] = [:]

    private struct Place: Hashable {
        var kind: KindName
        var id: String
    }

    init(_ state: SyncState) {
        records = state.records.keys.sorted().compactMap { state.records[$0] }
        bySourceID.reserveCapacity(records.count)
        byKey.reserveCapacity(records.count)
        byDestinationID.reserveCapacity(records.count)
        for (number, record) in records.enumerated() {
            bySourceID[Place(kind: record.sourceKey.kind, id: record.sourceID)] = number
            byKey[record.sourceKey] = number
            guard !record.destinationID.isEmpty else { continue }
            byDestinationID[Place(kind: record.destinationKey.kind, id: record.destinationID)] = number
        }
    }

    func record(ofSource entity: Entity) -> SyncState.Record? {
        bySourceID[Place(kind: entity.key.kind, id: entity.id)].map { records[$0] }
    }

    func record(ofSourceKey key: EntityKey) -> SyncState.Record? { byKey[key].map { records[$0] } }

    func record(ofDestination entity: Entity) -> SyncState.Record? {
        byDestinationID[Place(kind: entity.key.kind, id: entity.id)].map { records[$0] }
    }
}
