import Catalog

/// Finds the steps that would fail without a secret: those that refer to its document, or use its variable, by way of
/// other variables too.
struct SecretUses {
    private struct Step {
        var use: SecretUse
        var project: String
        var references: Set<EntityKey>
        /// Folded names of variables.
        var names: Set<String>
    }

    private struct Variable {
        /// The key of the project or the library set, folded.
        var owner: EntityKey
        var name: String
        var references: Set<EntityKey>
        var names: Set<String>
    }

    private var steps: [Step] = []
    private var variables: [Variable] = []
    /// Library sets by project, folded.
    private var included: [String: Set<EntityKey>] = [:]

    /// - Parameter bodies: the destination as it is once the plan is applied, in normal form.
    init(bodies: [EntityKey: JSON]) {
        for (key, body) in bodies {
            switch key.kind {
            case .projects:
                var sets: Set<EntityKey> = []
                body["IncludedLibraryVariableSetIds"]?.forEachReference { reference in
                    if case .resolved(let set) = reference { sets.insert(set) }
                }
                included[EntityKey.folded(key.name)] = sets
            case .deploymentProcesses, .runbookProcesses: addSteps(of: key, body)
            case .variableSets: addVariables(of: key, body)
            default: break
            }
        }
        steps.sort { $0.use < $1.use }
    }

    private mutating func addSteps(of key: EntityKey, _ body: JSON) {
        for step in body["Steps"]?.arrayValue ?? [] {
            let use = SecretUse(process: key, step: step["Name"]?.stringValue ?? "")
            steps.append(
                Step(
                    use: use,
                    project: EntityKey.folded(key.path.first ?? ""),
                    references: Self.references(step),
                    names: Self.names(step)
                )
            )
        }
    }

    private mutating func addVariables(of key: EntityKey, _ body: JSON) {
        guard let kind = key.path.first, kind != KindName.scriptModules.rawValue else { return }
        let owner = EntityKey(KindName(kind), Array(key.path.dropFirst()))
        for row in body["Variables"]?.arrayValue ?? [] {
            variables.append(
                Variable(
                    owner: owner,
                    name: VariableName.fold(row["Name"]?.stringValue ?? ""),
                    references: Self.references(row["Value"] ?? .null),
                    names: Self.names(row["Value"] ?? .null)
                )
            )
        }
    }

    private static func references(_ value: JSON) -> Set<EntityKey> {
        var result: Set<EntityKey> = []
        value.forEachReference { if case .resolved(let key) = $0 { result.insert(key) } }
        return result
    }

    private static func names(_ value: JSON) -> Set<String> {
        switch value {
        case .string(let text): Set(VariableReferences.names(in: text).map(VariableName.fold))
        case .array(let elements): elements.reduce(into: []) { $0.formUnion(names($1)) }
        case .object(let object): object.reduce(into: []) { $0.formUnion(names($1.value)) }
        case .null, .bool, .int, .decimal: []
        }
    }

    // MARK: - Asking

    func uses(of need: SecretNeed, variable name: String?) -> [SecretUse] {
        guard let name else { return uses(ofDocument: need.key, path: need.path) }
        guard let kind = need.key.path.first else { return [] }
        let owner = EntityKey(KindName(kind), Array(need.key.path.dropFirst()))
        return uses(ofVariables: [(owner, VariableName.fold(name))])
    }

    private func uses(ofDocument key: EntityKey, path: String) -> [SecretUse] {
        // A secret in a step is the step's own.
        let parts = path.split(separator: "/", maxSplits: 2).map(String.init)
        if parts.first == "Steps", parts.count > 1 { return [SecretUse(process: key, step: parts[1])] }
        let direct = steps.filter { $0.references.contains(key) }.map(\.use)
        let holders = variables.filter { $0.references.contains(key) }.map { ($0.owner, $0.name) }
        return Set(direct + uses(ofVariables: holders)).sorted()
    }

    private func uses(ofVariables start: [(EntityKey, String)]) -> [SecretUse] {
        var result: Set<SecretUse> = []
        for (owner, name) in start {
            for project in projects(seeing: owner) {
                let names = closure(of: name, in: project)
                for step in steps where step.project == project && !step.names.isDisjoint(with: names) {
                    result.insert(step.use)
                }
            }
        }
        return result.sorted()
    }

    private func projects(seeing owner: EntityKey) -> [String] {
        if owner.kind == .projects { return [EntityKey.folded(owner.name)] }
        return included.filter { $0.value.contains(owner) }.map(\.key).sorted()
    }

    /// The variable, and those whose values use it, as one project sees them.
    private func closure(of name: String, in project: String) -> Set<String> {
        let sets = included[project] ?? []
        let visible = variables.filter { variable in
            variable.owner.kind == .projects
                ? variable.owner.foldedPath.first == project : sets.contains(variable.owner)
        }
        var names: Set = [name]
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for variable in visible where !names.contains(variable.name) && !variable.names.isDisjoint(with: names) {
                names.insert(variable.name)
                isGrowing = true
            }
        }
        return names
    }
}
