/// The list of all kinds. To add a kind is to add its file and its line here.
public struct Catalog: Sendable {
    public let kinds: [Kind]
    private let byName: [KindName: Kind]
    private let byIDPrefix: [String: KindName]

    public init(_ kinds: [Kind]) {
        self.kinds = kinds
        byName = Dictionary(uniqueKeysWithValues: kinds.map { ($0.name, $0) })
        byIDPrefix = Dictionary(
            kinds.compactMap { kind in
                if case .counted(let prefix) = kind.identity { (prefix.lowercased(), kind.name) } else { nil }
            }
        ) { first, _ in first }
    }

    public subscript(name: KindName) -> Kind? { byName[name] }

    /// The kind whose counted ids look like this one (`Projects-12`).
    public func kind(ofID id: String) -> KindName? {
        guard let dash = id.lastIndex(of: "-"), id[id.index(after: dash)...].allSatisfy(\.isNumber) else { return nil }
        return byIDPrefix[id[..<dash].lowercased()]
    }

    public static let standard = Catalog([
        .spaces,
        .environments,
        .projectGroups,
        .lifecycles,
        .tagSets,
        .feeds,
        .machinePolicies,
        .workerPools,
        .workers,
        .machines,
        .proxies,
        .accounts,
        .certificates,
        .gitCredentials,
        .communityStepTemplates,
        .stepTemplates,
        .librarySets,
        .tenants,
        .tenantVariables,
        .users,
        .teams,
        .userRoles,
        .scopedUserRoles,
        .projects,
        .channels,
        .deploymentProcesses,
        .deploymentSettings,
        .runbooks,
        .runbookProcesses,
        .variableSets,
        .triggers,
        .logos,
        .events,
        .syncRuns,
    ])
}
