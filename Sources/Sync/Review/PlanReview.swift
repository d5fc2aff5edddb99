import Catalog

/// A plan as a person goes through it: what is risky, what stops it, what is left for hands, then every change, by
/// project. Made once, written as a page (`PlanPage`) or as Markdown (`PlanMarkdown`).
struct PlanReview {
    /// What a project, or everything that projects share, gets.
    struct Group {
        /// Nil for what projects share.
        var project: String?
        var operations: [Operation]

        var title: String { project ?? "Shared by all projects" }
    }

    struct Risk {
        var risk: Operation.Risk
        var operations: [Operation]
    }

    let plan: Plan
    let catalog: Catalog
    let groups: [Group]
    /// All six, in their order, those that do not occur with no operations.
    let risks: [Risk]
    /// Secrets and placeholders that only a person can fill.
    let open: [SecretNeed]

    init(_ plan: Plan, catalog: Catalog) {
        self.plan = plan
        self.catalog = catalog
        var shared: [Operation] = []
        var byProject: [String: [Operation]] = [:]
        var titles: [String: String] = [:]
        for operation in plan.operations {
            guard let project = operation.key.project else {
                shared.append(operation)
                continue
            }
            let folded = EntityKey.folded(project)
            byProject[folded, default: []].append(operation)
            if titles[folded] == nil { titles[folded] = project }
        }
        groups =
            (shared.isEmpty ? [] : [Group(project: nil, operations: shared)])
            + byProject.sorted { $0.key < $1.key }.map { Group(project: titles[$0.key], operations: $0.value) }
        risks = Operation.Risk.allCases.map { risk in
            Risk(risk: risk, operations: plan.operations.filter { $0.risks.contains(risk) })
        }
        open = plan.secrets.filter(\.isOpen)
    }

    /// `2 to create, 5 to update`
    var counts: [(action: Operation.Action, count: Int)] {
        Operation.Action.allCases.compactMap { action in
            let count = plan.operations.count { $0.action == action }
            return count == 0 ? nil : (action, count)
        }
    }

    /// The kinds that occur, by their title.
    var kinds: [(kind: KindName, title: String)] {
        Set(plan.operations.map(\.key.kind)).map { ($0, catalog[$0]?.title.many ?? catalog.kindTitle($0) + "s") }
            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
    }

    /// The fields to show: those that change, or what a new thing is given.
    func fields(of operation: Operation) -> [FieldChange] {
        if operation.key.kind == .variableSets {
            // A secret has a type and no value that anyone may see.
            return operation.fields.filter {
                !($0.path.hasSuffix("/value") && $0.base == nil && $0.from == nil && $0.to == nil)
            }
        }
        if operation.action != .create || operation.key.kind == .tenantVariables { return operation.fields }
        let known = Set(operation.fields.map(\.path))
        let given = operation.after.objectValue ?? [:]
        return given.compactMap { name, value -> FieldChange? in
            guard name != "Name", !known.contains(name), !Self.isEmpty(value) else { return nil }
            return FieldChange(path: name, to: value, rule: "new at the source")
        } + operation.fields
    }

    private static func isEmpty(_ value: JSON) -> Bool {
        switch value {
        case .null, .bool(false): true
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty || NormalSecret.hasValue(value) == false
        case .bool(true), .int, .decimal: false
        }
    }

    /// Where a person must do something, by project; nil for what projects share.
    var openByProject: [(project: String?, needs: [SecretNeed])] {
        Dictionary(grouping: open) { $0.key.project }.sorted { ($0.key ?? "") < ($1.key ?? "") }
            .map { ($0.key, $0.value) }
    }
}
