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
        public var variables: JSON {
            get { variableMemory.json }
            set { variableMemory = .stored(newValue) }
        }
        var variableMemory: VariableMemory
        /// Which part of the source's document is which of the destination's: steps, actions, tags and the like.
        public var parts: [Part]
        /// Hash of the normal form that the destination's document had when sync made it; empty for one that was there
        /// before. What shows that nobody changed a document of which no field is compared.
        public var createdHash: String

        public init(
            lineage: String,
            sourceKey: EntityKey,
            destinationKey: EntityKey,
            sourceID: String,
            destinationID: String,
            base: JSON,
            variables: JSON = .null,
            parts: [Part] = [],
            createdHash: String = ""
        ) {
            self.lineage = lineage
            self.sourceKey = sourceKey
            self.destinationKey = destinationKey
            self.sourceID = sourceID
            self.destinationID = destinationID
            self.base = base
            variableMemory = .stored(variables)
            self.parts = parts
            self.createdHash = createdHash
        }
    }

    /// One part of a document across both replicas.
    public struct Part: Sendable, Hashable {
        /// Where it is in the remembered base: `["Steps", "Deploy", "Actions", "Deploy"]`.
        public var path: [String]
        public var sourceID: String
        /// Empty while it has not been written yet.
        public var destinationID: String

        public init(path: [String], sourceID: String, destinationID: String) {
            self.path = path
            self.sourceID = sourceID
            self.destinationID = destinationID
        }

        /// `["Steps", "Deploy", "id at the source", "id at the destination"]`
        public var json: JSON { JSON(path + [sourceID, destinationID]) }

        public init?(json: JSON) {
            let texts = json.stringsValue
            guard texts.count >= 4 else { return nil }
            self.init(
                path: Array(texts.dropLast(2)),
                sourceID: texts[texts.count - 2],
                destinationID: texts[texts.count - 1]
            )
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
