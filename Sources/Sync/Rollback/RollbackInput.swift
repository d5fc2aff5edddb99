public import Catalog

/// All that undoing a run depends on: what it found and left, and what is there now.
public struct RollbackInput: Sendable {
    /// One document that the run wrote or deleted, as the destination served it. An operation that deletes an owner has
    /// one for each document that went with it.
    public struct Image: Sendable {
        public var operation: Operation
        public var kind: KindName
        public var id: String
        /// Nil when the operation made the document.
        public var before: JSON?
        /// Nil when the operation deleted it, and when it is not known how the operation ended.
        public var after: JSON?

        public init(operation: Operation, kind: KindName, id: String, before: JSON?, after: JSON?) {
            self.operation = operation
            self.kind = kind
            self.id = id
            self.before = before
            self.after = after
        }
    }

    /// In the order of the operations.
    public var images: [Image]
    /// Packages that the run copied: sync does not delete any.
    public var packages: [EntityKey]
    /// The destination's documents now, of every kind that can hold a reference.
    public var documents: [KindName: [JSON]]
    public var source: ReplicaIdentity
    public var destination: ReplicaIdentity
    public var eventCursor: Int?
    public var policyDigest: String
    /// What is agreed on now, and what was agreed on before the run, of the lineages that it touched.
    public var state: SyncState
    public var previous: SyncState
    /// What was changed since the run is left as it is, instead of being a conflict.
    public var leavesChanged: Bool
    public var catalog: Catalog

    public init(
        images: [Image],
        packages: [EntityKey] = [],
        documents: [KindName: [JSON]],
        source: ReplicaIdentity,
        destination: ReplicaIdentity,
        eventCursor: Int?,
        policyDigest: String,
        state: SyncState,
        previous: SyncState,
        leavesChanged: Bool,
        catalog: Catalog
    ) {
        self.images = images
        self.packages = packages
        self.documents = documents
        self.source = source
        self.destination = destination
        self.eventCursor = eventCursor
        self.policyDigest = policyDigest
        self.state = state
        self.previous = previous
        self.leavesChanged = leavesChanged
        self.catalog = catalog
    }
}

/// The plan that undoes a run: an ordinary plan of inverse operations. Pure.
///
/// What the run changed goes back to what it was; what it deleted is made again, without its secrets; what it made is
/// deleted unless something uses it.
public func makeRollbackPlan(_ input: RollbackInput) -> PlanningOutcome {
    var planner = RollbackPlanner(input)
    return planner.outcome()
}
