extension Policy {
    /// Answers to single questions of `sync.md` 2.10 and to what 2.2 to 2.4 leave to the policy. Defaults come first.
    public struct Options: Sendable, Hashable {
        /// A phase of which no environment is left.
        public enum EmptyPhase: String, Sendable, Hashable, CaseIterable {
            case dropPhase
            /// The lifecycle is a conflict.
            case refuse
            /// The phase takes any environment; counts as widening.
            case keepAsAny
        }

        /// Whose project and environment links a tenant has.
        public enum TenantLinks: String, Sendable, Hashable, CaseIterable {
            /// The source's, mapped, element by element.
            case intersect
            /// The destination's; never written.
            case destination
            /// The source's, mapped; other links of the destination are undone.
            case exact
        }

        /// How accounts or certificates that differ per instance are kept apart (S-136 to S-138).
        public enum CredentialStrategy: String, Sendable, Hashable, CaseIterable {
            /// One of the same name, without its secrets, is made at the destination.
            case sameNameStub
            /// None is made: each side has its own, and variables of one name refer to them. Other references are listed.
            case sameVariable
            /// None is made: `types.<type>.alias` and `replace` say which one stands for which.
            case map
        }

        /// Which version of a step template a step gets.
        public enum TemplatePin: String, Sendable, Hashable, CaseIterable {
            /// The counterpart of the source's, if it is known.
            case lineagePair
            /// The newest of the destination.
            case latest
            /// A step that does not use the source's newest one is a conflict.
            case fail
        }

        public enum Side: String, Sendable, Hashable, CaseIterable { case destination, source }

        public enum ReleaseCreation: String, Sendable, Hashable, CaseIterable {
            case sync
            /// Versioning and automatic releases are the destination's.
            case skip
        }

        /// What becomes of projects that both sides keep in Git.
        public enum ConfigAsCode: String, Sendable, Hashable, CaseIterable {
            /// What the database holds goes over; the repository carries the rest.
            case settingsOnly
            /// What the repository holds goes over too, by a commit to a branch that people merge.
            case branch
            case skip
        }

        /// The version rules of channels.
        public enum ChannelRules: String, Sendable, Hashable, CaseIterable {
            case sync
            /// The destination's own; a new channel has none.
            case skip
        }

        /// A reference that a document cannot be without has no counterpart.
        public enum MissingRequired: String, Sendable, Hashable, CaseIterable {
            case fail
            /// As `types.<type>.replace` says.
            case map
            /// The space's default lifecycle, pool, policy, group or feed.
            case useDefault
            /// What is referred to goes over, whatever `select` says.
            case createStub
        }

        /// A reference that a document can be without has no counterpart.
        public enum MissingOptional: String, Sendable, Hashable, CaseIterable {
            case drop, fail
            /// As `types.<type>.replace` says.
            case map
        }

        public enum ExtraTags: String, Sendable, Hashable, CaseIterable { case keep, remove }

        /// Members of documents that this version does not know.
        public enum UnknownFields: String, Sendable, Hashable, CaseIterable { case copy, drop, error }

        /// What was synced once and was deleted at the destination.
        public enum DeletedAtDestination: String, Sendable, Hashable, CaseIterable { case respect, restore }

        public var emptyPhase = EmptyPhase.dropPhase
        public var tenants = TenantSelection.environmentsSurvive(1)
        public var tenantLinks = TenantLinks.intersect
        public var accounts = CredentialStrategy.sameNameStub
        public var certificates = CredentialStrategy.sameNameStub
        public var templatePin = TemplatePin.lineagePair
        public var defaultChannel = Side.destination
        public var channelRules = ChannelRules.sync
        /// Whose choice the group of a project is once the project exists.
        public var projectGroup = Side.source
        public var releaseCreation = ReleaseCreation.sync
        public var configAsCode = ConfigAsCode.settingsOnly
        /// The branch that is read on both sides; empty: the default branch of each project.
        public var configAsCodeBranch = ""
        public var missingRequired = MissingRequired.fail
        public var missingOptional = MissingOptional.drop
        public var extraTags = ExtraTags.keep
        /// Nil: `copy` between servers of one minor version, `drop` otherwise.
        public var unknownFields: UnknownFields?
        public var deletedAtDestination = DeletedAtDestination.respect
        /// For `steps.onExcludedChannel: mapTo`: the channel of the same project that stands for excluded ones.
        public var excludedChannelTarget = ""

        public init() {}
    }

    /// Which tenants go over (S-129). `types.tenants.select` with name patterns applies besides.
    public indirect enum TenantSelection: Sendable, Hashable {
        case all, none
        /// At least so many environments of its projects have a counterpart, or it is connected to none.
        case environmentsSurvive(Int)
        /// It has this tag, written `Set/Tag`.
        case tag(String)
        /// Its name is like one of these patterns.
        case list([String])
        case anyOf([TenantSelection])
    }
}
