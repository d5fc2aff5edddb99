public import Catalog

/// What sync remembers of one pair of replicas between runs: who is who, and what both sides looked like when they
/// last agreed.
public struct SyncState: Sendable, Hashable {
    /// One logical entity across both replicas.
    public struct Record: Sendable, Hashable {
        /// Stable identity, made from the source's installation and id, so that it is the same on every run.
        public var lineage: String
        public var sourceKey: EntityKey
        public var destinationKey: EntityKey
        public var sourceID: String
        /// Empty while a planned creation has not been carried out.
        public var destinationID: String
        /// The agreed value of each top-level field, in normal form and in the destination's terms. A field on which
        /// the sides never agreed is absent.
        public var base: JSON
        /// For variable sets: links and declined values (`VariableBase`). Null elsewhere.
        public var variables: JSON

        public init(
            lineage: String,
            sourceKey: EntityKey,
            destinationKey: EntityKey,
            sourceID: String,
            destinationID: String,
            base: JSON,
            variables: JSON = .null
        ) {
            self.lineage = lineage
            self.sourceKey = sourceKey
            self.destinationKey = destinationKey
            self.sourceID = sourceID
            self.destinationID = destinationID
            self.base = base
            self.variables = variables
        }
    }

    /// The two installations and spaces that this state is about; state of another pair is refused. Nil before the
    /// first run.
    public var pair: Pair?
    public var records: [String: Record]
    /// What is known of secrets: that they are set, and by whom. Never what they are.
    public var secrets: [SecretPlace: SecretRow]

    public struct Pair: Sendable, Hashable {
        public var sourceInstallation: String
        public var sourceSpace: String
        public var destinationInstallation: String
        public var destinationSpace: String

        public init(source: ReplicaIdentity, destination: ReplicaIdentity) {
            sourceInstallation = source.installationID
            sourceSpace = source.spaceID
            destinationInstallation = destination.installationID
            destinationSpace = destination.spaceID
        }
    }

    public init(pair: Pair? = nil, records: [String: Record] = [:], secrets: [SecretPlace: SecretRow] = [:]) {
        self.pair = pair
        self.records = records
        self.secrets = secrets
    }
}
