public import Catalog

/// The declared delta between two replicas: what to sync, what each side owns, what to do on a mismatch.
///
/// Every setting has a safe default; the policy file (`PolicyFile`) needs to name only what differs.
public struct Policy: Sendable, Hashable {
    public struct Endpoint: Sendable, Hashable {
        public var name: String
        public var url: String
        public var space: String
        public var credential: Credential

        public init(name: String, url: String, space: String = "Default", credential: Credential) {
            self.name = name
            self.url = url
            self.space = space
            self.credential = credential
        }
    }

    /// Where the API key is. It is never in the policy itself.
    public enum Credential: Sendable, Hashable {
        case environment(String)
        case file(String)
    }

    /// What becomes of a source environment.
    public enum EnvironmentTarget: Sendable, Hashable {
        case same
        /// `same` where the destination has an environment of that name, else `drop`.
        case existing
        case drop
        /// Unscoped; counts as widening.
        case any
        case names([String])
    }

    public struct EnvironmentRule: Sendable, Hashable {
        /// A name or `*`.
        public var pattern: String
        public var target: EnvironmentTarget
        /// The line of the policy file; 0 for none.
        public var line = 0
        public init(_ pattern: String, _ target: EnvironmentTarget, line: Int = 0) {
            self.pattern = pattern
            self.target = target
            self.line = line
        }
    }

    public struct TypeRule: Sendable, Hashable {
        public var mode: SyncTreatment.Mode
        /// The second key that a type needs which the catalog forbids.
        public var isOptedIn = false
        /// Name patterns; a leading `!` excludes. Empty: everything.
        public var select: [String] = []
        /// Other names at the destination: folded source name → destination name.
        public var aliases: [String: String] = [:]
        /// What becomes of differences when two documents of one name meet for the first time; nil: as
        /// `onAdoptDifference` says.
        public var initial: OnDifference?
        /// `--heal` reverts the destination's changes here too. Exact types are healed anyway.
        public var heals = false
        /// What references use in place of documents that do not go over: folded source name → destination name.
        public var replacements: [String: String] = [:]
        /// What references to environments in documents of this type become, before what the policy says elsewhere.
        public var environments: [EnvironmentRule] = []
        /// For single documents; the first that matches decides.
        public var rules: [EntityRule] = []
        public init(mode: SyncTreatment.Mode) { self.mode = mode }
    }

    public enum OnDifference: String, Sendable, Hashable, CaseIterable {
        case stop, source, destination
        /// Stops, and is never answered together with others.
        case ask
    }

    /// Which way changes go, and what becomes of the destination's edits.
    public enum Flow: String, Sendable, Hashable, CaseIterable {
        case oneWaySafe, oneWayReplica
    }

    /// What happens when the servers' versions are too far apart.
    public enum VersionMismatch: String, Sendable, Hashable, CaseIterable { case refuse, warn }

    /// What goes over although no pattern selects it.
    public enum Closure: String, Sendable, Hashable, CaseIterable {
        /// What selected projects refer to, and what that refers to.
        case required
        case none
    }

    /// Who wins when both sides changed one field.
    public enum ConflictStrategy: String, Sendable, Hashable, CaseIterable {
        case stop, source, destination
        /// The side whose document was changed last, as the events of both tell.
        case newest
        /// Stops, and is never answered together with others.
        case manual
        /// Both changes, where they do not touch one element or line; else it stops.
        case merge
    }

    /// `conflicts: {"project.Description": source}`
    public struct ConflictRule: Sendable, Hashable {
        /// Policy key of a kind (`projects`), `variable`, or `*`.
        public var kind: String
        /// A top-level field, a part of a variable (`value`, `scope`, …), or `*`.
        public var field: String
        public var strategy: ConflictStrategy
        public var line = 0
        public init(kind: String, field: String, strategy: ConflictStrategy) {
            self.kind = kind
            self.field = field
            self.strategy = strategy
        }
    }

    public enum DeleteMode: String, Sendable, Hashable, CaseIterable {
        case ignore, report
        /// Projects, tenants and steps are switched off; the rest is reported.
        case disable
        case deleteIfUnchanged, delete
    }

    public enum Widening: String, Sendable, Hashable, CaseIterable {
        case refuse, allow, allowPlaceholderOnly
    }

    public struct Deletes: Sendable, Hashable {
        public var mode = DeleteMode.report
        public var maxCount = 20
        public var maxPercent = 10
        public var protect = ["environments/*", "tenants/*"]
        public init() {}
    }

    public enum LifecyclePhases: String, Sendable, Hashable, CaseIterable {
        /// An empty lifecycle; a person fills the phases.
        case exclude
        /// Phases with their mapped environments, on creation and afterwards.
        case include
        /// The same, on creation only.
        case initialOnly
        /// As `include`, and other changes of the destination's phases are undone.
        case exact
    }

    public enum OnExcludedChannel: String, Sendable, Hashable, CaseIterable {
        case excludeStep, includeDisabled, includeUnscoped
        /// It runs for `Options.excludedChannelTarget` instead.
        case mapTo
    }

    public enum OnMissingChannelLifecycle: String, Sendable, Hashable, CaseIterable {
        case excludeChannel, inheritProject, spaceDefault
        /// As `types.lifecycles.replace` says.
        case map
        case fail
    }

    public enum OnMissingProjectLifecycle: String, Sendable, Hashable, CaseIterable {
        case fail, spaceDefault
        /// As `types.lifecycles.replace` says.
        case map
    }

    public enum StepMismatch: String, Sendable, Hashable, CaseIterable {
        case leaveExistingAlone, skipUnlessPartial, skipUnlessExact, ignore, error
    }

    public enum ExtraSteps: String, Sendable, Hashable, CaseIterable {
        case keep, report, remove
    }

    /// Packages of the built-in feed that synced processes use.
    public struct Packages: Sendable, Hashable {
        public enum Mode: String, Sendable, Hashable, CaseIterable {
            case skip
            /// Says in the plan what is missing.
            case checkOnly
            /// Copies the newest version of what is missing or older.
            case copyMissing
        }
        public var mode = Mode.skip
        /// A larger package is named, not copied.
        public var maxBytes = 1 << 30
        public init() {}
    }

    public enum TenantVariables: String, Sendable, Hashable, CaseIterable {
        case existingAlone, copyNew, placeholderNew, skip
    }

    /// One of the four answers of S-131 to S-134 for the steps it matches.
    public struct StepRule: Sendable, Hashable {
        public enum Answer: Sendable, Hashable {
            /// The step's environments are these.
            case set([String])
            case dropStep
            /// The step has no environment restriction; the rule itself is the permission to widen.
            case any
            /// As the environment mapping says.
            case map
            /// As these rules say, then the environment mapping.
            case mapBy([EnvironmentRule])
        }
        public var project = "*"
        /// `deployment`, `runbook` or `*`.
        public var process = "*"
        public var step = "*"
        public var environments = Answer.map
        /// The line of the policy file, for `rule` texts.
        public var line = 0
        public init() {}
    }

    public struct OwnershipRule: Sendable, Hashable {
        /// Policy key of a kind (`projects`), or `variable`.
        public var kind: String
        /// A top-level field; for variables a name pattern.
        public var field: String
        public var owner: Field.SyncOwner
        /// Neither side owns it: changes of both are compared, also in a type that is `exact`.
        public var isShared = false
        public var line = 0
        public init(kind: String, field: String, owner: Field.SyncOwner) {
            self.kind = kind
            self.field = field
            self.owner = owner
        }
    }

    /// Where values of secrets come from. The values themselves are never part of a policy.
    public struct Secrets: Sendable, Hashable {
        public enum Provider: String, Sendable, Hashable, CaseIterable {
            case none, env, file, command
        }

        public enum OnMissing: String, Sendable, Hashable, CaseIterable {
            case report, fail
        }

        public struct Entry: Sendable, Hashable {
            /// As `skerry sync secrets` prints it: `accounts/Cloud/SecretKey`.
            public var name: String
            /// The name of a variable of the environment, the path of a file, or what the command is given.
            public var token: String
            public var line = 0
            public init(name: String, token: String) {
                self.name = name
                self.token = token
            }
        }

        public var provider = Provider.none
        /// A program and its arguments; `{}` becomes the token of an entry.
        public var command: [String] = []
        /// How long the command may take, in seconds.
        public var timeout = 20
        public var map: [Entry] = []
        public var onMissing = OnMissing.report
        public init() {}
    }

    /// Who must have approved a plan before it is applied.
    public struct Approvals: Sendable, Hashable {
        public struct Key: Sendable, Hashable {
            public var name: String
            /// `ed25519:` and base64.
            public var key: String
            public init(name: String, key: String) {
                self.name = name
                self.key = key
            }
        }
        /// As the policy says; nil where it does not.
        public var requiredCount: Int?
        public var keys: [Key] = []
        /// How many different approvers each operation needs: one where keys are named and nothing else is said.
        public var required: Int { requiredCount ?? (keys.isEmpty ? 0 : 1) }
        public init() {}
    }

    /// What keeps two runners from applying to one space at once.
    public enum Lease: String, Sendable, Hashable, CaseIterable {
        /// A lease in the space itself, for runners on different machines, and the lock on the state file.
        case destination
        /// The lock on the state file alone: enough where only one machine ever applies.
        case local
    }

    /// What one rule of `types.<type>.overrides` says about the documents that it matches.
    public struct EntityRule: Sendable, Hashable {
        /// A pattern for the name.
        public var name = "*"
        /// A pattern for the project that a document belongs to.
        public var project = "*"
        public var mode: SyncTreatment.Mode?
        public var environments: [EnvironmentRule] = []
        public var line = 0
        public init() {}
    }

    /// What one rule of `variables.rules` says about the variables that it matches.
    public struct VariableRule: Sendable, Hashable {
        /// A pattern for the variable's name.
        public var name = "*"
        /// A pattern for the name of the project or library set.
        public var owner = "*"
        public var environments: [EnvironmentRule] = []
        public var newValue: VariableRules.NewValue?
        public var overwrite: VariableRules.Overwrite?
        public var scopeMismatch: [ScopeDimension: ScopeStrategy] = [:]
        public var line = 0
        public init() {}
    }

    public enum UnusedRules: String, Sendable, Hashable, CaseIterable { case error, ignore }

    /// `none`, or the name of a `PolicyPreset`.
    public var preset = "none"
    public var source: Endpoint
    public var destination: Endpoint
    /// First match wins; without a match the environment stays as it is.
    public var environments: [EnvironmentRule] = []
    public var flow = Flow.oneWaySafe
    /// How many minor versions of one major version the servers may be apart.
    public var maxMinorDistance = 1
    /// Servers of different major versions are synced, with a warning.
    public var allowsMajor = false
    public var onVersionMismatch = VersionMismatch.refuse
    public var closure = Closure.required
    /// Name patterns of projects; a leading `!` excludes. Empty: all.
    public var projects: [String] = []
    /// What differs from the catalog's treatment, by kind; script modules under `KindName.scriptModules`.
    public var types: [KindName: TypeRule] = [:]
    public var lifecyclePhases = LifecyclePhases.exclude
    public var onMissingProjectLifecycle = OnMissingProjectLifecycle.fail
    public var onMissingChannelLifecycle = OnMissingChannelLifecycle.excludeChannel
    public var excludedChannels: [String] = []
    public var onExcludedChannel = OnExcludedChannel.excludeStep
    public var stepMismatch = StepMismatch.leaveExistingAlone
    public var extraSteps = ExtraSteps.keep
    public var stepRules: [StepRule] = []
    public var tenantVariables = TenantVariables.existingAlone
    public var packages = Packages()
    public var ownership: [OwnershipRule] = []
    public var variables = VariableRules()
    /// For single variables; the first that matches decides.
    public var variableRules: [VariableRule] = []
    /// Both sides changed one field.
    public var onConflict = ConflictStrategy.stop
    /// What differs from `onConflict`, for single fields; the last line that fits decides.
    public var conflictRules: [ConflictRule] = []
    /// What happens to a rule that matches nothing on either side.
    public var unusedRules = UnusedRules.error
    /// First meeting of two entities of one name that differ: nil asks for exact types and leaves the destination's
    /// values elsewhere.
    public var onAdoptDifference: OnDifference?
    public var deletes = Deletes()
    /// What servers make of what they are sent.
    public var normalisations: [Normalisation] = []
    public var options = Options()
    public var widening = Widening.refuse
    public var retention = RetentionCap()
    public var secrets = Secrets()
    public var approvals = Approvals()
    public var lease = Lease.destination
    /// Hours in which nothing is written.
    public var quietHours = QuietHours()
    /// A file with further differences between releases of the API, beside the policy; nil for none.
    public var schemaChanges: String?
    /// Who set each setting, by its path; those that nobody set are absent.
    public var origins: [String: PolicyOrigin] = [:]
    /// SHA-256 over the policy's content without comments and order of keys.
    public var digest = ""

    public init(source: Endpoint, destination: Endpoint) {
        self.source = source
        self.destination = destination
    }
}
