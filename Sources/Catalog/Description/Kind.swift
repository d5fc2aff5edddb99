/// Everything that Skerry knows about one type of resource. Nothing about it is written anywhere else.
public struct Kind: Sendable {
    public var name: KindName
    /// What the API calls one (`ProjectGroup`): `ItemType` of lists, document type of events.
    public var type: String
    /// What a person calls one and several (`project group`, `project groups`).
    public var title: Title
    /// The key of this kind in a sync policy (`projectGroups`).
    public var policyKey: String
    public var scope: Scope
    public var identity: Identity
    /// The document that this one is part of, and goes with when it is deleted.
    public var owner: Owner?
    /// The fields that name a document to people, among the documents of one space and one owner. Empty for a kind
    /// of which each owner has exactly one.
    public var naturalKey: [String]
    /// False where documents with the same natural key stand side by side (a role that a team has in several scopes).
    public var isNaturalKeyUnique: Bool
    public var shape: Shape
    public var order: Order
    public var filters: [Filter]
    public var operations: Set<Operation>
    public var links: [Link]
    /// The body carries a `Version` that a PUT must repeat; a stale one is refused.
    public var isVersioned: Bool
    public var hasLogo: Bool
    public var permissions: Permissions
    public var sync: SyncTreatment

    public struct Title: Sendable, Hashable {
        public var one: String
        public var many: String
        public init(_ one: String, _ many: String? = nil) {
            self.one = one
            self.many = many ?? one + "s"
        }
    }

    public enum Scope: Sendable, Hashable {
        case space
        case system
        /// Of a space when `SpaceId` is given, else of the system (teams).
        case mixed
    }

    public enum Identity: Sendable, Hashable {
        /// `Projects-12`: a prefix and a number that the instance counts up and never gives twice.
        case counted(prefix: String)
        /// The id of the owner behind a prefix: `deploymentprocess-Projects-12`.
        case ofOwner(prefix: String)
    }

    public struct Owner: Sendable, Hashable {
        /// The field that holds the owner's id.
        public var field: String
        /// The kinds that can be owners (a variable set belongs to a project or to a library set).
        public var kinds: [KindName]
        public init(_ field: String, _ kinds: KindName...) {
            self.field = field
            self.kinds = kinds
        }
    }

    /// How lists are sorted. Text compares without case.
    public enum Order: Sendable, Hashable {
        case name
        case field(String)
        /// By the `SortOrder` field.
        case sortOrder
        case newestFirst
    }

    /// A query parameter of lists and what it is compared with.
    public struct Filter: Sendable, Hashable {
        public enum Match: Sendable, Hashable {
            /// Equal without case.
            case equals
            /// Contains, without case.
            case contains
            /// The field is one of the comma-separated values, or holds one of them; of an object, one of its keys.
            case anyOf
            /// The field is this boolean; of a field of another type, whether it holds a value.
            case bool
        }
        public var parameter: String
        /// The name of a field; of one inside an object with a dot (`Endpoint.CommunicationStyle`). Several filters of
        /// one parameter are alternatives.
        public var field: String
        public var match: Match
        public init(_ parameter: String, _ field: String, _ match: Match) {
            self.parameter = parameter
            self.field = field
            self.match = match
        }
    }

    public enum Operation: Sendable, Hashable, CaseIterable {
        case list, all, get, create, update, delete
    }

    /// A link of each document, besides `Self`; a `Self` here takes the place of the usual one. In the template `{S}` stands for the id of the space, `{Id}` and the name of any other
    /// field for the document's value; what else is in braces (`{?skip,take}`) is for the client.
    public struct Link: Sendable, Hashable {
        public var name: String
        public var template: String
        public init(_ name: String, _ template: String) {
            self.name = name
            self.template = template
        }
    }

    /// The permissions of the reference that each use needs.
    public struct Permissions: Sendable, Hashable {
        public var view: String
        public var create: String
        public var edit: String
        public var delete: String

        public init(view: String, create: String, edit: String, delete: String) {
            self.view = view
            self.create = create
            self.edit = edit
            self.delete = delete
        }

        /// `ProjectView`, `ProjectCreate`, `ProjectEdit`, `ProjectDelete`.
        public init(_ stem: String) {
            self.init(view: "\(stem)View", create: "\(stem)Create", edit: "\(stem)Edit", delete: "\(stem)Delete")
        }

        /// `FeedView`, and `FeedEdit` for every change.
        public init(editing stem: String) {
            self.init(view: "\(stem)View", create: "\(stem)Edit", edit: "\(stem)Edit", delete: "\(stem)Edit")
        }
    }

    public init(
        _ name: KindName,
        type: String,
        title: Title,
        policyKey: String,
        scope: Scope = .space,
        identity: Identity,
        owner: Owner? = nil,
        naturalKey: [String] = ["Name"],
        isNaturalKeyUnique: Bool = true,
        shape: Shape,
        order: Order = .name,
        filters: [Filter] = [],
        operations: Set<Operation> = Set(Operation.allCases),
        links: [Link] = [],
        isVersioned: Bool = false,
        hasLogo: Bool = false,
        permissions: Permissions,
        sync: SyncTreatment
    ) {
        self.name = name
        self.type = type
        self.title = title
        self.policyKey = policyKey
        self.scope = scope
        self.identity = identity
        self.owner = owner
        self.naturalKey = naturalKey
        self.isNaturalKeyUnique = isNaturalKeyUnique
        self.shape = shape
        self.order = order
        self.filters = filters
        self.operations = operations
        self.links = links
        self.isVersioned = isVersioned
        self.hasLogo = hasLogo
        self.permissions = permissions
        self.sync = sync
    }
}

/// How sync treats a kind where the policy says nothing (`sync.md` 2.8 and 2.12).
public struct SyncTreatment: Sendable, Hashable {
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// All source-owned fields are equal on both sides.
        case exact
        /// Each field by three-way comparison.
        case merge
        /// Created when missing; afterwards only name and subtype are compared.
        case nameOnly
        /// Created when missing, then the destination's own.
        case initialOnly
        /// Not synced, and read only as far as references need it.
        case skip
        /// Not synced; a policy that wants it needs a second key.
        case forbid
        /// The record of what happened on one server; cannot be synced at all.
        case impossible
    }

    public var mode: Mode
    /// The apply phase of the first visit; a lower phase is written earlier.
    public var phase: SyncPhase
    /// A document that needs what the destination does not get is left out, instead of being a conflict.
    public var leavesOutIncomplete: Bool

    public init(_ mode: Mode, phase: SyncPhase, leavesOutIncomplete: Bool = false) {
        self.mode = mode
        self.phase = phase
        self.leavesOutIncomplete = leavesOutIncomplete
    }
}

/// The phases in which a plan is applied, in their order (`sync.md` 2.12).
public enum SyncPhase: Int, Sendable, Hashable, Comparable, CaseIterable, Codable {
    /// Nothing that sync writes.
    case never = 0
    /// Environments, project groups, tag sets, feeds, teams, machine policies, worker pools, git credentials, proxies.
    case scaffolding = 10
    case accounts = 20
    case stepTemplates = 30
    case scriptModules = 40
    case lifecycles = 50
    /// Tenants without their links to projects.
    case tenants = 60
    case accountTenants = 65
    case workers = 70
    case targets = 80
    case certificates = 90
    /// Library variable sets and their templates, then their values.
    case librarySets = 100
    case librarySetValues = 105
    case projects = 110
    /// Channels without version rules.
    case channels = 120
    case deploymentProcesses = 130
    case runbooks = 140
    case runbookProcesses = 145
    case projectVariables = 150
    case channelRules = 160
    case versioning = 170
    case releaseCreation = 180
    case triggers = 190
    case logos = 200
    case tenantProjects = 210
    case tenantVariables = 220
    case teamRoles = 230
    case packages = 240
    case deletes = 300

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension Kind {
    /// The members that every document has; the server sets them all. `shape` is the rest.
    public var commonFields: [Field] {
        var fields = [Field("Id", .line).readOnly()]
        if scope != .system { fields.append(Field("SpaceId", .reference(to: .spaces)).createOnly().derived()) }
        if isVersioned { fields.append(Field("Version", .count).readOnly()) }
        return fields + [
            Field("LastModifiedOn", .timestamp).readOnly(),
            Field("LastModifiedBy", .line).readOnly(),
            Field("Links", .opaque).defaulting(to: [:]).readOnly(),
        ]
    }

    /// A field of the top level, by its exact name.
    public func field(_ name: String) -> Field? {
        if let field = shape.fields.first(where: { $0.name == name }) { return field }
        for further in shape.variants.values {
            if let field = further.first(where: { $0.name == name }) { return field }
        }
        return nil
    }

    /// All fields of the top level, those of every variant included. Built on each call: keep the result.
    public var fieldsByName: [String: Field] {
        Dictionary((shape.fields + shape.variants.values.flatMap { $0 }).map { ($0.name, $0) }) { first, _ in first }
    }

    /// The id of the one document of this kind that an owner has.
    public func id(ofOwner ownerID: String) -> String? {
        if case .ofOwner(let prefix) = identity { prefix + ownerID } else { nil }
    }

    /// The owner's id inside an id that was made from it.
    public func ownerID(of id: String) -> String? {
        guard case .ofOwner(let prefix) = identity, id.lowercased().hasPrefix(prefix.lowercased()) else { return nil }
        return String(id.dropFirst(prefix.count))
    }
}
