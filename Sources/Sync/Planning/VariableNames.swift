import Catalog

/// Which variable names are used and known where, so that matching can tell what a set must provide.
struct VariableNames {
    /// Folded names that a set holds at the destination once the plan is applied, by the destination's key.
    private(set) var ofSet: [EntityKey: Set<String>] = [:]
    /// Projects at the source that include a library set.
    private(set) var includers: [EntityKey: [EntityKey]] = [:]
    private var usedByProject: [EntityKey: Set<String>] = [:]
    /// Folded names that each set holds at the source.
    private var ofSourceSet: [EntityKey: Set<String>] = [:]

    init(_ source: ReplicaIndex) {
        for project in source.entities(of: .projects) {
            project.body["IncludedLibraryVariableSetIds"]?.forEachReference { reference in
                guard case .resolved(let key) = reference else { return }
                includers[key, default: []].append(project.key)
            }
        }
        for kind in [KindName.deploymentProcesses, .runbookProcesses] {
            for process in source.entities(of: kind) {
                guard let project = Selection.project(of: process.key) else { continue }
                Self.collect(process.body, into: &usedByProject[project, default: []])
            }
        }
        // Library sets are seen by all projects that include them: the names are folded once.
        var names: [EntityKey: Set<String>] = [:]
        let included = Set(includers.values.joined())
        for set in source.entities(of: .variableSets) {
            guard let owner = set.key.owner, included.contains(owner) else { continue }
            names[set.key] = Set(
                (set.body["Variables"]?.arrayValue ?? []).compactMap {
                    $0["Name"]?.stringValue.map(VariableName.fold)
                }
            )
        }
        ofSourceSet = names
    }

    func names(ofSourceSet key: EntityKey) -> Set<String> { ofSourceSet[key] ?? [] }

    private static func collect(_ value: JSON, into names: inout Set<String>) {
        switch value {
        case .string(let text):
            for name in VariableReferences.names(in: text) { names.insert(VariableName.fold(name)) }
        // By position: a copy of each element would cost as much as the look at it.
        case .array(let elements): for index in elements.indices { collect(elements[index], into: &names) }
        case .object(let object):
            let members = object.members
            for index in members.indices {
                // `Octopus.Action.AwsAccount.Variable`, `WorkerPoolVariable`: the name itself, without an expression.
                if members[index].key.utf8.count >= 8, members[index].key.utf8.suffix(8).elementsEqual("Variable".utf8),
                    let name = members[index].value.stringValue
                {
                    names.insert(VariableName.fold(name))
                }
                collect(members[index].value, into: &names)
            }
        default: break
        }
    }

    mutating func settle(_ set: EntityKey, _ names: some Sequence<String>) {
        ofSet[set] = Set(names.map(VariableName.fold))
    }

    /// Names that the steps of the projects use which this set serves, of those that it has.
    func used(ofSet key: EntityKey, among own: Set<String>) -> Set<String> {
        guard let owner = key.owner else { return [] }
        let projects = owner.kind == .projects ? [owner] : includers[owner] ?? []
        var result: Set<String> = []
        for project in projects { result.formUnion(own.intersection(usedByProject[project] ?? [])) }
        return result
    }
}

extension Planner {
    /// Names that resolve at the destination without this set.
    func knownNames(besides set: Pair, _ names: VariableNames) -> Set<String> {
        guard let owner = set.source.key.owner else { return [] }
        if owner.kind == .projects { return namesIncluded(by: owner, names).union(templateNames(of: owner)) }
        var result = templateNames(of: owner)
        for project in names.includers[owner] ?? [] {
            result.formUnion(names.names(ofSourceSet: EntityKey(.variableSets, ["projects"] + project.path)))
            result.formUnion(namesIncluded(by: project, names))
            result.formUnion(templateNames(of: project))
        }
        return result
    }

    private func namesIncluded(by project: EntityKey, _ names: VariableNames) -> Set<String> {
        var result: Set<String> = []
        source[project]?.body["IncludedLibraryVariableSetIds"]?.forEachReference { reference in
            guard case .resolved(let key) = reference, let pair = pairs[key], pair.isAvailable else { return }
            let set = EntityKey(.variableSets, [pair.finalKey.kind.rawValue] + pair.finalKey.path)
            result.formUnion(names.ofSet[set] ?? [])
            result.formUnion(templateNames(of: key))
        }
        return result
    }

    private func templateNames(of owner: EntityKey) -> Set<String> {
        Set(
            (source[owner]?.body["Templates"]?.arrayValue ?? []).compactMap {
                $0["Name"]?.stringValue.map(VariableName.fold)
            }
        )
    }
}
