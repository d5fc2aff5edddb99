import Catalog

/// The types that a policy can speak of, by the words that it uses for them.
struct PolicyKinds: Sendable {
    struct Entry: Sendable {
        /// `projectGroups`
        let key: String
        let name: KindName
        /// For people, several.
        let title: String
        /// What the catalog does where the policy says nothing.
        let standard: SyncTreatment.Mode
        let kind: Kind
        /// It can be switched on, but only with a second key.
        var needsOptIn: Bool { standard == .forbid && kind.sync.phase != .never }
        /// It can be switched on at all.
        var canBeWritten: Bool { standard != .skip && standard != .forbid || kind.sync.phase != .never }
        /// The names of the fields at the top level.
        var fields: [String] {
            Set((kind.shape.fields + kind.shape.variants.values.flatMap { $0 }).map(\.name)).sorted()
        }
        var answers: [String] { PolicyKinds.answers[key] ?? [] }
    }

    let all: [Entry]
    private let byKey: [String: Int]

    init(_ catalog: Catalog) {
        var all: [Entry] = []
        // What happened on one server cannot be synced, deployment settings go with their project, and the catalogue of
        // community templates is each server's own.
        let silent: Set<KindName> = [.deploymentSettings, .communityStepTemplates]
        for kind in catalog.kinds where kind.sync.mode != .impossible && !silent.contains(kind.name) {
            all.append(Self.entry(kind, kind.policyKey, kind.name, kind.title.many, kind.sync.mode))
            guard kind.name == .librarySets else { continue }
            all.append(Self.entry(kind, "scriptModules", .scriptModules, "script modules", .exact))
        }
        self.all = all
        byKey = Dictionary(all.enumerated().map { ($1.key, $0) }) { first, _ in first }
    }

    private static func entry(
        _ kind: Kind,
        _ key: String,
        _ name: KindName,
        _ title: String,
        _ mode: SyncTreatment.Mode
    ) -> Entry {
        return Entry(key: key, name: name, title: title, standard: mode, kind: kind)
    }

    /// Sorted.
    var keys: [String] { byKey.keys.sorted() }

    subscript(key: String) -> Entry? { byKey[key].map { all[$0] } }

    /// The key of a type that may be written in the singular (`process` is of processes, `projectGroup` of groups).
    func key(written word: String) -> String? {
        if byKey[word] != nil { return word }
        let plurals = ["\(word)s", "\(word)es"] + (word.hasSuffix("y") ? ["\(word.dropLast())ies"] : [])
        return plurals.first { byKey[$0] != nil }
    }

    func fields(of key: String) -> [String] { self[key]?.fields ?? [] }

    /// What the seed says about each type (S-44 to S-64, S-71 to S-96).
    private static let answers: [String: [String]] = [
        "accounts": ["S-44", "S-81"], "environments": ["S-45"], "workerPools": ["S-46", "S-80", "S-82"],
        "certificates": ["S-47", "S-83"], "feeds": ["S-48", "S-84"], "lifecycles": ["S-49", "S-85"],
        "scriptModules": ["S-50", "S-76"], "stepTemplates": ["S-51", "S-77"], "librarySets": ["S-52"],
        "tagSets": ["S-53", "S-78"], "teams": ["S-55", "S-86"], "userRoles": ["S-56"], "tenants": ["S-57"],
        "projectGroups": ["S-58", "LS-8"], "projects": ["S-59", "S-64"], "processes": ["S-60"],
        "runbooks": ["S-61"], "runbookProcesses": ["S-61"], "variables": ["S-62"], "channels": ["S-63"],
        "targets": ["S-88"], "workers": ["S-89"], "proxies": ["S-90"], "users": ["S-94"], "machinePolicies": ["LS-7"],
    ]
}
