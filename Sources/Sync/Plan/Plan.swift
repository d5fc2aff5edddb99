public import Catalog

/// The reviewable list of writes that a sync would make, and everything a person must know beside it.
///
/// The same inputs give the same plan, byte for byte. Ids of either side never occur in it.
public struct Plan: Sendable, Hashable {
    public var source: ReplicaIdentity
    public var destination: ReplicaIdentity
    public var sourceCursor: Int?
    public var destinationCursor: Int?
    /// SHA-256 of the policy's normalised content.
    public var policyDigest: String
    public var operations: [Operation]
    public var conflicts: [Conflict]
    public var notices: [Notice]
    public var skipped: [Skipped]
    public var secrets: [SecretNeed]
    /// What synced processes use and the destination lacks, unless the policy does not look.
    public var packages: [PackageNeed] = []
    /// What was asked of the planner beside the policy, and the decisions of people that this plan relies on.
    public var settings: PlanSettings
    /// What exists on both sides and meets for the first time.
    public var meetings: [Meeting]

    public init(
        source: ReplicaIdentity,
        destination: ReplicaIdentity,
        sourceCursor: Int? = nil,
        destinationCursor: Int? = nil,
        policyDigest: String,
        operations: [Operation] = [],
        conflicts: [Conflict] = [],
        notices: [Notice] = [],
        skipped: [Skipped] = [],
        secrets: [SecretNeed] = [],
        settings: PlanSettings = PlanSettings(),
        meetings: [Meeting] = []
    ) {
        self.source = source
        self.destination = destination
        self.sourceCursor = sourceCursor
        self.destinationCursor = destinationCursor
        self.policyDigest = policyDigest
        self.operations = operations
        self.conflicts = conflicts
        self.notices = notices
        self.skipped = skipped
        self.secrets = secrets
        self.settings = settings
        self.meetings = meetings
    }
}

/// The first meeting of the documents of one type: both sides have them under one name, and sync never saw them.
public struct Meeting: Sendable, Hashable {
    public var kind: KindName
    /// How many agree in everything that is compared.
    public var same: Int
    /// Those that differ, as the destination calls them.
    public var differing: [EntityKey]

    public init(kind: KindName, same: Int, differing: [EntityKey]) {
        self.kind = kind
        self.same = same
        self.differing = differing
    }
}

/// One write at the destination.
public struct Operation: Sendable, Hashable {
    public enum Action: String, Sendable, Hashable, CaseIterable {
        case create, update, rename, delete
    }

    /// What a person should look at first.
    public enum Risk: String, Sendable, Hashable, CaseIterable, Comparable {
        case widening = "W"
        case delete = "D"
        case secret = "S"
        case rename = "R"
        case lowConfidence = "L"
        case kindChange = "K"

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// From 1, in the order of application.
    public var sequence: Int
    public var phase: SyncPhase
    public var action: Action
    /// The entity at the destination, by the name it has before the operation (a rename's new name is in `after`).
    public var key: EntityKey
    public var lineage: String
    /// Sequence numbers that must be done before.
    public var dependsOn: [Int]
    public var fields: [FieldChange]
    /// The whole normal-form body that the entity has afterwards; null for a delete.
    public var after: JSON
    /// Hash of the normal form at the source, and at the destination before and after. Empty where there is none.
    public var sourceHash: String
    public var hashBefore: String
    public var hashAfter: String
    public var risks: [Risk]
    /// Parts that get another name and stay what they are.
    public var partRenames: [PartRename]

    public init(
        sequence: Int = 0,
        phase: SyncPhase,
        action: Action,
        key: EntityKey,
        lineage: String,
        dependsOn: [Int] = [],
        fields: [FieldChange] = [],
        after: JSON,
        sourceHash: String = "",
        hashBefore: String = "",
        hashAfter: String = "",
        risks: [Risk] = [],
        partRenames: [PartRename] = []
    ) {
        self.sequence = sequence
        self.phase = phase
        self.action = action
        self.key = key
        self.lineage = lineage
        self.dependsOn = dependsOn
        self.fields = fields
        self.after = after
        self.sourceHash = sourceHash
        self.hashBefore = hashBefore
        self.hashAfter = hashAfter
        self.risks = risks
        self.partRenames = partRenames
    }
}

/// A step, a tag or another part of a document that keeps its id under a new name.
public struct PartRename: Sendable, Hashable {
    /// Where it is in the operation's `after`: `["Steps", "Ship", "Actions", "Ship"]`.
    public var path: [String]
    /// Its own name before.
    public var formerName: String

    public init(path: [String], formerName: String) {
        self.path = path
        self.formerName = formerName
    }
}

/// One field that an operation changes, in normal form. Secrets occur only as their existence.
public struct FieldChange: Sendable, Hashable {
    /// `Description`, `Steps/Deploy/Actions/Deploy/Properties/Octopus.Action.RunOnServer`, `Variables/ConnectionString[Production]`
    public var path: String
    public var base: JSON?
    public var from: JSON?
    public var to: JSON?
    /// The policy line or built-in rule that decided, for people.
    public var rule: String

    public init(path: String, base: JSON? = nil, from: JSON? = nil, to: JSON? = nil, rule: String) {
        self.path = path
        self.base = base
        self.from = from
        self.to = to
        self.rule = rule
    }
}

/// A difference that sync must not decide alone. A plan with conflicts is not applied.
public struct Conflict: Sendable, Hashable {
    /// Stable over runs: what a resolution refers to.
    public var id: String
    /// `both-changed`, `kind`, `name-taken`, `ambiguous-target`, `adopt-difference`, `collision`, …
    public var code: String
    public var key: EntityKey
    public var path: String
    public var base: JSON?
    public var source: JSON?
    public var destination: JSON?
    public var message: String

    public init(
        id: String,
        code: String,
        key: EntityKey,
        path: String = "",
        base: JSON? = nil,
        source: JSON? = nil,
        destination: JSON? = nil,
        message: String
    ) {
        self.id = id
        self.code = code
        self.key = key
        self.path = path
        self.base = base
        self.source = source
        self.destination = destination
        self.message = message
    }
}

/// Something to know that needs no decision.
public struct Notice: Sendable, Hashable {
    public var code: String
    public var key: EntityKey?
    public var path: String
    public var message: String

    public init(code: String, key: EntityKey? = nil, path: String = "", message: String) {
        self.code = code
        self.key = key
        self.path = path
        self.message = message
    }
}

/// Something of the source that the policy leaves out, and which line says so.
public struct Skipped: Sendable, Hashable {
    public var code: String
    public var key: EntityKey
    public var path: String
    public var rule: String

    public init(code: String, key: EntityKey, path: String = "", rule: String) {
        self.code = code
        self.key = key
        self.path = path
        self.rule = rule
    }
}
