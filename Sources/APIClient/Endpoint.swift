import Catalog

/// A place of the API that this client may go to.
///
/// There is no way to make one from a path: an endpoint is one of a few fixed places, or a kind of the allow-list with
/// at most one id behind it, and the id is one escaped segment. Releases, deployments, runs, snapshots and tasks are not
/// in the list, so that no mistake above can start one (`S-113`, `E-124`).
struct Endpoint: Sendable, Hashable {
    /// Below the address of the server, from `/api` on, escaped.
    let path: String

    static let root = Endpoint(path: "/api")
    static let spaces = Endpoint(path: "/api/spaces/all")
    static let currentUser = Endpoint(path: "/api/users/me")
    static let maintenance = Endpoint(path: "/api/maintenanceconfiguration")

    /// What a user may do, in all spaces.
    static func permissions(ofUser id: String) throws(APIError) -> Endpoint {
        Endpoint(path: "/api/users/\(try segment(id))/permissions")
    }

    private init(path: String) { self.path = path }

    /// The newest events first.
    static func events(space: String) throws(APIError) -> Endpoint {
        Endpoint(path: "/api/\(try segment(space))/events")
    }

    /// What changed since a reader last looked; servers of the other make have no such place.
    static func changes(space: String) throws(APIError) -> Endpoint {
        Endpoint(path: "/api/\(try segment(space))/changes")
    }

    /// The record of one run of a sync; servers of the other make have no such place.
    static func syncRun(_ run: String, space: String) throws(APIError) -> Endpoint {
        Endpoint(path: "/api/\(try segment(space))/syncruns/\(try segment(run))")
    }

    /// The list of a kind, as this space sees it, and where new ones are posted.
    static func collection(_ kind: KindName, space: String) throws(APIError) -> Endpoint {
        guard let place = places[kind] else { throw .endpointNotAllowed(kind.rawValue) }
        switch place {
        case .ofSpace(let route): return Endpoint(path: "/api/\(try segment(space))/\(route)")
        case .ofServer(let route): return Endpoint(path: "/api/\(route)")
        case .ofOwner: throw .endpointNotAllowed("the list of \(kind.rawValue)")
        }
    }

    /// All documents of a kind of this space in one array, or those of some ids.
    static func all(_ kind: KindName, space: String) throws(APIError) -> Endpoint {
        Endpoint(path: try collection(kind, space: space).path + "/all")
    }

    /// One document. For the variables of a tenant and the settings of a project `id` is the id of the owner.
    static func document(_ kind: KindName, id: String, space: String) throws(APIError) -> Endpoint {
        guard let place = places[kind] else { throw .endpointNotAllowed(kind.rawValue) }
        let id = try segment(id)
        switch place {
        case .ofSpace(let route): return Endpoint(path: "/api/\(try segment(space))/\(route)/\(id)")
        case .ofServer(let route): return Endpoint(path: "/api/\(route)/\(id)")
        case .ofOwner(let owners, let part): return Endpoint(path: "/api/\(try segment(space))/\(owners)/\(id)/\(part)")
        }
    }

    /// The picture of a document.
    static func logo(_ kind: KindName, id: String, space: String) throws(APIError) -> Endpoint {
        guard [.projects, .tenants, .stepTemplates].contains(kind) else {
            throw .endpointNotAllowed("the logo of \(kind.rawValue)")
        }
        return Endpoint(path: try document(kind, id: id, space: space).path + "/logo")
    }

    /// What addresses of a project's documents at a branch begin with.
    private static func atBranch(_ branch: String, project: String, space: String) throws(APIError) -> String {
        "\(try document(.projects, id: project, space: space).path)/\(try segment(branch))"
    }

    /// A document of a project at a branch.
    static func part(
        _ part: GitPart,
        branch: String,
        project: String,
        space: String
    ) throws(APIError) -> Endpoint {
        Endpoint(path: "\(try atBranch(branch, project: project, space: space))/\(part.rawValue)")
    }

    /// The runbooks that a project keeps in Git, at a branch.
    static func runbooks(branch: String, project: String, space: String) throws(APIError) -> Endpoint {
        let branch = try atBranch(branch, project: project, space: space)
        return Endpoint(path: "\(branch)/\(GitRunbookPart.runbook.rawValue)")
    }

    /// Where runbooks are made at a branch.
    static func newRunbook(branch: String, project: String, space: String) throws(APIError) -> Endpoint {
        Endpoint(path: try runbooks(branch: branch, project: project, space: space).path + "/v2")
    }

    /// One runbook at a branch, or its process.
    static func runbook(
        _ id: String,
        _ part: GitRunbookPart,
        branch: String,
        project: String,
        space: String
    ) throws(APIError) -> Endpoint {
        let branch = try atBranch(branch, project: project, space: space)
        return Endpoint(path: "\(branch)/\(part.rawValue)/\(try segment(id))")
    }

    /// A branch of a project's repository.
    static func branch(_ name: String, project: String, space: String) throws(APIError) -> Endpoint {
        let project = try document(.projects, id: project, space: space)
        return Endpoint(path: "\(project.path)/git/branches/\(try segment(name))")
    }

    /// Where branches are made.
    static func newBranch(project: String, space: String) throws(APIError) -> Endpoint {
        let project = try document(.projects, id: project, space: space)
        return Endpoint(path: "\(project.path)/git/branches/v2")
    }

    /// Where a server tries the connection to a project's repository, and changes nothing.
    static func connectionTest(project: String, space: String) throws(APIError) -> Endpoint {
        let project = try document(.projects, id: project, space: space)
        return Endpoint(path: "\(project.path)/git/connectivity-test")
    }

    /// The packages of the built-in feed.
    static func packages(space: String) throws(APIError) -> Endpoint {
        Endpoint(path: "/api/\(try segment(space))/packages")
    }

    /// Where packages are sent.
    static func packageUpload(space: String) throws(APIError) -> Endpoint {
        Endpoint(path: try packages(space: space).path + "/raw")
    }

    /// The file of one package.
    static func packageFile(_ id: String, space: String) throws(APIError) -> Endpoint {
        Endpoint(path: try packages(space: space).path + "/\(try segment(id))/raw")
    }

    /// Where a community step template is installed in a space.
    static func installation(ofCommunityTemplate id: String, space: String) throws(APIError) -> Endpoint {
        let template = try document(.communityStepTemplates, id: id, space: space)
        return Endpoint(path: "\(template.path)/installation/\(try segment(space))")
    }

    /// What is switched on at the server.
    static let featureToggles = Endpoint(path: "/api/configuration/feature-toggles")

    /// The values of a tenant for library sets, as rows.
    static func commonVariables(ofTenant id: String, space: String) throws(APIError) -> Endpoint {
        Endpoint(path: try document(.tenants, id: id, space: space).path + "/commonvariables")
    }

    /// The values of a tenant for projects, as rows.
    static func projectVariables(ofTenant id: String, space: String) throws(APIError) -> Endpoint {
        Endpoint(path: try document(.tenants, id: id, space: space).path + "/projectvariables")
    }

    static func isAllowed(_ kind: KindName) -> Bool { places[kind] != nil }

    private enum Place {
        case ofSpace(String)
        /// System documents, and those that may belong to the system: a space's path would hide the system's.
        case ofServer(String)
        case ofOwner(owners: String, part: String)
    }

    private static let places: [KindName: Place] = [
        .environments: .ofSpace("environments"),
        .projectGroups: .ofSpace("projectgroups"),
        .lifecycles: .ofSpace("lifecycles"),
        .tagSets: .ofSpace("tagsets"),
        .feeds: .ofSpace("feeds"),
        .machinePolicies: .ofSpace("machinepolicies"),
        .workerPools: .ofSpace("workerpools"),
        .workers: .ofSpace("workers"),
        .machines: .ofSpace("machines"),
        .proxies: .ofSpace("proxies"),
        .accounts: .ofSpace("accounts"),
        .certificates: .ofSpace("certificates"),
        .gitCredentials: .ofSpace("git-credentials"),
        .communityStepTemplates: .ofServer("communityactiontemplates"),
        .stepTemplates: .ofSpace("actiontemplates"),
        .librarySets: .ofSpace("libraryvariablesets"),
        .tenants: .ofSpace("tenants"),
        .tenantVariables: .ofOwner(owners: "tenants", part: "variables"),
        .users: .ofServer("users"),
        .teams: .ofServer("teams"),
        .userRoles: .ofServer("userroles"),
        .scopedUserRoles: .ofServer("scopeduserroles"),
        .projects: .ofSpace("projects"),
        .channels: .ofSpace("channels"),
        .deploymentProcesses: .ofSpace("deploymentprocesses"),
        .deploymentSettings: .ofOwner(owners: "projects", part: "deploymentsettings"),
        .runbooks: .ofSpace("runbooks"),
        .runbookProcesses: .ofSpace("runbookprocesses"),
        .variableSets: .ofSpace("variables"),
        .triggers: .ofSpace("projecttriggers"),
    ]

    /// One path segment: letters, digits and a few marks stay, everything else is escaped.
    private static func segment(_ text: String) throws(APIError) -> String {
        guard !text.isEmpty, text != ".", text != "..", text.utf8.count <= 300 else {
            throw .endpointNotAllowed("an id of \(text.utf8.count) bytes: '\(text.prefix(40))'")
        }
        var escaped = ""
        for byte in text.utf8 {
            let isPlain =
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            escaped += isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return escaped
    }
}
