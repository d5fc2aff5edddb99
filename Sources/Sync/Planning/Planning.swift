public import Catalog

/// All that a plan depends on. Both replicas are in normal form.
public struct PlanningInput: Sendable {
    public var source: Replica
    public var destination: Replica
    public var state: SyncState
    public var policy: Policy
    public var catalog: Catalog
    /// Nil: everything is planned. Else only these documents of the source; the rest of both replicas is what they
    /// stand among, is taken to be in step, and need not be complete (`ContainedChange`).
    public var focus: Set<EntityKey>?
    public var settings: PlanSettings
    /// What the policy's providers have, by the folded names of the secrets (`SecretNeed.name`).
    public var provided: [String: ProvidedSecret] = [:]
    /// Looks for the steps that would fail without each secret that has no value.
    public var explainsSecrets = false

    public init(
        source: Replica,
        destination: Replica,
        state: SyncState = SyncState(),
        policy: Policy,
        catalog: Catalog = .standard,
        settings: PlanSettings = PlanSettings(),
        focus: Set<EntityKey>? = nil
    ) {
        self.focus = focus
        self.source = source
        self.destination = destination
        self.state = state
        self.policy = policy
        self.catalog = catalog
        self.settings = settings
    }
}

public struct PlanningOutcome: Sendable {
    public var plan: Plan
    /// What to remember once all operations are applied. The destination ids of creations are empty; see
    /// `SyncState.completed(with:)`.
    public var proposedState: SyncState
    /// Conflicts that the newer side would win, if it were known when each side was last changed.
    public var undated: [EntityKey]

    public init(plan: Plan, proposedState: SyncState, undated: [EntityKey] = []) {
        self.plan = plan
        self.proposedState = proposedState
        self.undated = undated
    }
}

/// Why no plan can be made at all. What concerns single documents is a conflict inside a plan instead.
public enum PlanningError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The remembered state is about other replicas than those that were read.
    case stateOfAnotherPair(state: SyncState.Pair, replicas: SyncState.Pair)
    /// Rules of the policy match nothing on either side.
    case unusedRules([PolicyProblem])
    /// A rule maps an environment to one that exists on neither side.
    case unknownEnvironment(name: String, rule: String)
    /// Several source entities would become one destination entity.
    case ambiguousTarget(destination: EntityKey, sources: [EntityKey])
    /// What is remembered of this document cannot be read.
    case damagedState(key: EntityKey, reason: String)
    /// What was read looks like a lost permission or a wrong space, or the plan deletes too much (exit 9).
    case `guard`(kind: KindName, reason: String)

    public var description: String {
        switch self {
        case .stateOfAnotherPair(let state, let replicas):
            "the remembered state is about \(state.sourceInstallation)/\(state.sourceSpace) → "
                + "\(state.destinationInstallation)/\(state.destinationSpace), but the replicas are "
                + "\(replicas.sourceInstallation)/\(replicas.sourceSpace) → "
                + "\(replicas.destinationInstallation)/\(replicas.destinationSpace); use the state file of this pair"
        case .unusedRules(let problems):
            "the policy has rules without effect; correct or remove them, or write 'unusedRules: ignore':\n"
                + problems.map { "  \($0)" }.joined(separator: "\n")
        case .unknownEnvironment(let name, let rule):
            "environments: '\(rule)' maps to '\(name)', which exists on neither side; create it or correct the name"
        case .ambiguousTarget(let destination, let sources):
            "\(sources.map(\.description).joined(separator: " and ")) would both become \(destination); "
                + "rename one, or give one another alias"
        case .damagedState(let key, let reason): "\(key): \(reason)"
        case .guard(let kind, let reason): "\(kind): \(reason)"
        }
    }
}

/// Compares two replicas and lists the writes that bring the destination in step. Pure: the same input gives the
/// same plan, byte for byte.
///
/// - Throws: `PlanningError` when nothing sensible can be planned.
public func makePlan(_ input: PlanningInput) throws(PlanningError) -> PlanningOutcome {
    let planner = try Planner(input)
    try planner.refuseUnusedRules()
    planner.notePartialViews()
    try planner.pairEverything()
    planner.planRenames()
    planner.alignParts()
    planner.planDocuments()
    try planner.planVariableSets()
    planner.planDeferredFields()
    planner.planTenantVariables()
    planner.compareUserRoles()
    planner.planPackages()
    try planner.planOrphans()
    planner.planTagRemovals()
    planner.noteDirectReferences()
    planner.noteGitProjects()
    planner.planSecrets()
    planner.checkForLeakedIDs()
    return planner.outcome()
}
