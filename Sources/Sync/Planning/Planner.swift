import Catalog

/// One source entity and what it is at the destination.
struct Pair {
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
}

/// The work of one call of `makePlan`. Never leaves it.
final class Planner {
    let input: PlanningInput
    let policy: Policy
    let source: ReplicaIndex
    let destination: ReplicaIndex
    let treatments: Treatments
    let environments: EnvironmentMapping
    let remembered: RememberedPairs

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
    /// Bodies as the operations so far leave them, by lineage.
    var bodies: [String: JSON] = [:]
    /// Fields of planned documents that a later phase writes.
    var deferred: [EntityKey] = []

    /// Who refers to what at the destination; made when it is first needed.
    var destinationUsers: [EntityKey: Set<EntityKey>]?
    /// Source keys by lineage, for what is planned.
    var keysByLineage: [String: EntityKey] = [:]

    var drafts: [OperationDraft] = []
    var conflicts: [Conflict] = []
    var conflictIDs: Set<String> = []
    var notices: [Notice] = []
    var skipped: [Skipped] = []
    var secrets: [SecretNeed] = []
    /// Names of the variables among them.
    var variableNames: [SecretPlace: String] = [:]
    /// What providers of the policy set in this plan.
    var givenVersions: [SecretPlace: String] = [:]
    var secretRows: [SecretPlace: SecretRow] = [:]
    var records: [String: SyncState.Record]

    init(_ input: PlanningInput) throws(PlanningError) {
        self.input = input
        policy = input.policy
        let pair = SyncState.Pair(source: input.source.identity, destination: input.destination.identity)
        if let known = input.state.pair, known != pair { throw .stateOfAnotherPair(state: known, replicas: pair) }
        source = ReplicaIndex(input.source)
        destination = ReplicaIndex(input.destination)
        treatments = Treatments(catalog: input.catalog, policy: input.policy)
        remembered = RememberedPairs(input.state)
        environments = try EnvironmentMapping(
            source: source,
            destination: destination,
            remembered: remembered,
            rules: policy.environments
        )
        records = input.state.records
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
    private(set) var bySourceID: [String: SyncState.Record] = [:]
    private(set) var bySourceKey: [EntityKey: SyncState.Record] = [:]
    private(set) var byDestinationID: [String: SyncState.Record] = [:]

    init(_ state: SyncState) {
        for (_, record) in state.records.sorted(by: { $0.key < $1.key }) {
            bySourceID[Self.place(record.sourceKey.kind, record.sourceID)] = record
            bySourceKey[record.sourceKey] = record
            guard !record.destinationID.isEmpty else { continue }
            byDestinationID[Self.place(record.destinationKey.kind, record.destinationID)] = record
        }
    }

    func record(ofSource entity: Entity) -> SyncState.Record? { bySourceID[Self.place(entity.key.kind, entity.id)] }

    func record(ofDestination entity: Entity) -> SyncState.Record? {
        byDestinationID[Self.place(entity.key.kind, entity.id)]
    }

    private static func place(_ kind: KindName, _ id: String) -> String { kind.rawValue + "\u{1F}" + id }
}
