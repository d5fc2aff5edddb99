/// What to do with a value of which some scope names do not exist at the destination, per dimension.
public enum ScopeStrategy: String, Sendable, Hashable, CaseIterable {
    case errorUnlessExactMatch
    case skipUnlessExactMatch
    case errorUnlessPartialMatch
    case skipUnlessPartialMatch
    case ignoreMismatch
    case ignoreMismatchOnNewLeaveExistingAlone

    /// Whether a value that is scoped differently at the destination cannot be its counterpart (S-151).
    var demandsExactMatch: Bool { self == .errorUnlessExactMatch || self == .skipUnlessExactMatch }
}

/// Everything that a policy can say about a variable set. The raw values are the words of the policy file; the
/// defaults are those of a policy that says nothing.
public struct VariableRules: Sendable, Hashable {
    /// What a value that is new at the destination is given.
    public enum NewValue: String, Sendable, Hashable, CaseIterable {
        case copy, copyExactElsePlaceholder, placeholder, empty
    }

    public enum Overwrite: String, Sendable, Hashable, CaseIterable { case never, ifUnchanged, always }

    /// What happens to a new value of a name that the destination has taken over.
    public enum BesideFrozen: String, Sendable, Hashable, CaseIterable { case leave, add, placeholder }

    /// What happens to a destination value whose source value is gone.
    public enum Delete: String, Sendable, Hashable, CaseIterable { case ignore, report, deleteIfUnchanged, delete }

    /// What happens to a value that refers to a document which the destination does not have.
    public enum MissingReference: String, Sendable, Hashable, CaseIterable {
        case emptyIfUsedElseSkip, skip, empty
        /// As `types.<type>.replace` says; without a line there it is an error.
        case map
        /// What is referred to goes over, whatever `select` says.
        case createStub
        case fail
    }

    /// What happens when differently scoped source values end up with one scope.
    public enum Collision: Sendable, Hashable {
        case error, first
        /// The value whose source scope lists this name wins.
        case prefer(String)
        case placeholder
    }

    public enum UnresolvedReference: String, Sendable, Hashable, CaseIterable { case placeholder, error, warn }

    /// What happens to a value that was synced once and is gone at the destination.
    public enum DeletedAtDestination: String, Sendable, Hashable, CaseIterable { case respect, restore }

    /// Whether a value may lose a restriction because nothing of it exists at the destination.
    public enum Widening: String, Sendable, Hashable, CaseIterable { case refuse, allow, allowPlaceholderOnly }

    /// Who is right about a value that both sides already had when they were first paired.
    public enum Adoption: String, Sendable, Hashable, CaseIterable { case destination, source, ask }

    /// What happens to a value that is scoped only to channels which the policy leaves out.
    public enum ExcludedChannel: String, Sendable, Hashable, CaseIterable { case exclude, include, placeholder }

    public enum ConflictChoice: String, Sendable, Hashable, CaseIterable { case stop, source, destination }

    public var scopeMismatch: [ScopeDimension: ScopeStrategy] = [
        .environments: .ignoreMismatchOnNewLeaveExistingAlone, .channels: .ignoreMismatchOnNewLeaveExistingAlone,
        .processOwners: .skipUnlessPartialMatch, .steps: .skipUnlessPartialMatch, .roles: .skipUnlessExactMatch,
        .targets: .skipUnlessPartialMatch, .tenantTags: .skipUnlessExactMatch,
    ]
    public var newValue = NewValue.copyExactElsePlaceholder
    public var placeholder = "Replace Me"
    public var overwrite = Overwrite.ifUnchanged
    public var newBesideFrozen = BesideFrozen.leave
    public var delete = Delete.report
    /// By variable type; types that are not listed use `missingReferenceElse`.
    public var missingReferenceValue: [String: MissingReference] = [VariableType.workerPool: .fail]
    public var missingReferenceElse = MissingReference.emptyIfUsedElseSkip
    public var collision = Collision.error
    public var unresolvedReference = UnresolvedReference.placeholder
    public var deletedAtDestination = DeletedAtDestination.respect
    public var widening = Widening.refuse
    public var adoption = Adoption.destination
    public var onExcludedChannel = ExcludedChannel.exclude
    /// Fields that are not listed stop the plan.
    public var onConflict: [VariableField: ConflictChoice] = [:]
    /// Names of variables that the destination owns; they are never written. In any casing.
    public var destinationOwned: Set<String> = []
    /// False for sets kept in git, where an id may move to another variable: there a link needs the name as well.
    public var idsAreDependable = true

    public init() {}

    /// Unknown dimensions are treated with the most care.
    func strategy(for dimension: ScopeDimension) -> ScopeStrategy {
        scopeMismatch[dimension] ?? .skipUnlessExactMatch
    }

    /// Some type's values pull in what they refer to.
    var createsStubs: Bool {
        missingReferenceElse == .createStub || missingReferenceValue.values.contains(.createStub)
    }

    func missingReference(for type: String) -> MissingReference {
        missingReferenceValue[type] ?? missingReferenceElse
    }
}

/// The parts of a value that are compared and written separately.
public enum VariableField: String, Sendable, Hashable, CaseIterable {
    case name, type, value, scope, description, prompt
}
