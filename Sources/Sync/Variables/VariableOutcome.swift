public import Catalog

/// What a person should know about before a write is approved.
public enum VariableRisk: String, Sendable, Hashable, CaseIterable, Comparable {
    case widening = "W"
    case delete = "D"
    case secret = "S"
    case rename = "R"
    case lowConfidence = "L"

    public static func < (left: VariableRisk, right: VariableRisk) -> Bool { left.rawValue < right.rawValue }
}

/// One change to one value of the destination's set. All of a set's operations go out in one write.
public struct VariableOperation: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable { case add, update, rename, delete }

    public struct FieldChange: Sendable, Hashable {
        public var field: VariableField
        public var base: JSON
        public var from: JSON
        public var to: JSON
    }

    public var kind: Kind
    /// Nil for a deletion, whose source value is gone, and for a placeholder that several source values share.
    public var sourceID: String?
    /// For an addition the provisional id that `nextBase` uses.
    public var destinationID: String
    public var name: String
    public var fields: [FieldChange]
    public var origin: LinkOrigin
    public var reason: VariableReason
    /// Sorted.
    public var risks: [VariableRisk]
}

/// A field about which the two sides disagree and which the policy does not decide.
public struct VariableConflict: Sendable, Hashable {
    /// Stable between plans: what a resolution refers to.
    public var id: String { "\(sourceID)/\(field.rawValue)" }
    public var field: VariableField
    public var reason: VariableReason
    public var name: String
    public var sourceID: String
    public var destinationID: String
    public var base: JSON
    public var source: JSON
    public var destination: JSON
}

/// The answer to one conflict.
public enum VariableAnswer: Sendable, Hashable {
    case source, destination
    /// For value, description and prompt: this is written.
    case value(JSON)
}

/// Why nothing of the set is written.
public struct VariableBlock: Error, Sendable, Hashable, CustomStringConvertible {
    public var reason: VariableReason
    public var name: String
    public var sourceIDs: [String]
    public var detail: String

    public var description: String { "variable '\(name)': \(detail)" }
}

/// Something worth a look that changes nothing.
public struct VariableNotice: Sendable, Hashable {
    public var reason: VariableReason
    public var name: String
    public var sourceID: String?
    public var destinationID: String?
    public var detail: String
}

/// One row of the list of secrets and placeholders that a person still has to fill, or has filled.
public struct SecretsLedgerRow: Sendable, Hashable {
    public enum State: String, Sendable, Hashable { case unset, placeholder, setAtDestination }

    public var name: String
    public var type: String
    public var sourceID: String
    public var destinationID: String
    public var state: State
    /// The destination says whether a secret is set.
    public var isTold: Bool
}

/// What `matchVariables` found out about one set.
public struct VariableSetOutcome: Sendable, Hashable {
    /// The whole list to write: destination ids retained, new values with an empty id.
    public var result: [VariableValue]
    public var operations: [VariableOperation]
    public var conflicts: [VariableConflict]
    public var notices: [VariableNotice]
    public var declined: [DeclinedValue]
    public var secretsLedger: [SecretsLedgerRow]
    /// What to remember once the operations are applied; see `settled(_:)` for the ids of new values.
    public var nextBase: VariableBase
    /// Not empty when nothing of the set may be written.
    public var blocks: [VariableBlock]
    /// The id that `nextBase` uses for the new value at each of these places in `result`.
    var provisionalIDs: [Int: String]
    /// Where in the source's list the new value at each of these places in `result` comes from.
    var sourcePositions: [Int: Int]

    public var isBlocked: Bool { !blocks.isEmpty }
}

/// All that the matching of one set depends on.
/// What a policy says about one variable of a set.
public struct VariableOverride: Sendable {
    public var rules: VariableRules
    public var mapping: ScopeMapping

    public init(rules: VariableRules, mapping: ScopeMapping) {
        self.rules = rules
        self.mapping = mapping
    }
}

public struct VariableSetInput: Sendable {
    public var source: [VariableValue]
    public var destination: [VariableValue]
    public var base: VariableBase
    public var mapping: ScopeMapping
    public var rules: VariableRules
    /// What is different for single variables, by folded name.
    public var overrides: [String: VariableOverride] = [:]
    public var policyDigest: String
    public var availabilityDigest: String
    /// Names that steps and other sets refer to.
    public var usedNames: Set<String>
    /// Names that resolve at the destination without this set: other sets, tenant templates, step outputs.
    public var knownNames: Set<String>
    /// Ids of source values that refer to a document which the destination does not have.
    public var unavailableReferences: Set<String>
    /// Answers to conflicts, by conflict id.
    public var resolutions: [String: VariableAnswer]

    public init(
        source: [VariableValue],
        destination: [VariableValue],
        base: VariableBase = VariableBase(),
        mapping: ScopeMapping = ScopeMapping(),
        rules: VariableRules = VariableRules(),
        policyDigest: String = "",
        availabilityDigest: String = "",
        usedNames: Set<String> = [],
        knownNames: Set<String> = [],
        unavailableReferences: Set<String> = [],
        resolutions: [String: VariableAnswer] = [:]
    ) {
        self.source = source
        self.destination = destination
        self.base = base
        self.mapping = mapping
        self.rules = rules
        self.policyDigest = policyDigest
        self.availabilityDigest = availabilityDigest
        self.usedNames = usedNames
        self.knownNames = knownNames
        self.unavailableReferences = unavailableReferences
        self.resolutions = resolutions
    }
}
