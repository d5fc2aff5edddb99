public import Catalog

/// How far two spaces are in step, project by project (`sync.md` 2.15).
public struct SyncStatus: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        case upToDate, sourceAhead, destinationDrifted, diverged, conflict

        /// `source ahead`
        public var title: String {
            switch self {
            case .upToDate: "up to date"
            case .sourceAhead: "source ahead"
            case .destinationDrifted: "destination drifted"
            case .diverged: "diverged"
            case .conflict: "conflict"
            }
        }
    }

    /// One line of the status, for people.
    public struct Line: Sendable, Hashable {
        public enum Sort: String, Sendable, Hashable { case change, drift, conflict, secret, note }
        public var sort: Sort
        /// `deployment process of Database`
        public var subject: String
        /// What happens or happened there, in one sentence or less.
        public var text: String
    }

    /// A project, or all shared things of one type.
    public struct Subject: Sendable, Hashable {
        public var name: String
        /// The destination's project; nil for shared things.
        public var project: EntityKey?
        /// The type of the shared things; nil for a project.
        public var kind: KindName?
        public var state: State
        /// Operations that bring it in step.
        public var changes: Int
        /// Changes that the destination made and sync leaves alone.
        public var drifts: Int
        public var conflicts: Int
        /// Secrets and placeholders that a person still has to fill in.
        public var secrets: Int
        public var lines: [Line]
    }

    public var source: ReplicaIdentity
    public var destination: ReplicaIdentity
    /// By name.
    public var projects: [Subject]
    /// By type; types without anything are left out.
    public var shared: [Subject]

    /// - Parameters:
    ///   - plan: what a sync would do now.
    ///   - state: the state that the plan proposes; it knows everything that takes part.
    public init(plan: Plan, state: SyncState, catalog: Catalog = .standard) {
        source = plan.source
        destination = plan.destination
        var builder = StatusBuilder(catalog: catalog)
        for record in state.records.values { builder.know(record.destinationKey) }
        builder.read(plan)
        (projects, shared) = builder.subjects()
    }

    /// The worst of all.
    public var state: State { Self.together((projects + shared).map(\.state)) }

    public func count(_ state: State) -> Int { projects.count { $0.state == state } }

    static func state(changes: Int, drifts: Int, conflicts: Int) -> State {
        if conflicts > 0 { return .conflict }
        switch (changes > 0, drifts > 0) {
        case (false, false): return .upToDate
        case (true, false): return .sourceAhead
        case (false, true): return .destinationDrifted
        case (true, true): return .diverged
        }
    }

    private static func together(_ states: [State]) -> State {
        if states.contains(.conflict) { return .conflict }
        let isAhead = states.contains { $0 == .sourceAhead || $0 == .diverged }
        let isDrifted = states.contains { $0 == .destinationDrifted || $0 == .diverged }
        return state(changes: isAhead ? 1 : 0, drifts: isDrifted ? 1 : 0, conflicts: 0)
    }
}

/// Sorts what a plan says under projects and types.
private struct StatusBuilder {
    let catalog: Catalog
    private var byPlace: [Place: Content] = [:]

    private enum Place: Hashable {
        case project(EntityKey)
        case shared(KindName)
    }

    private struct Content {
        var changes = 0
        var drifts = 0
        var conflicts = 0
        var secrets = 0
        var lines: [SyncStatus.Line] = []
    }

    init(catalog: Catalog) { self.catalog = catalog }

    mutating func know(_ key: EntityKey) { byPlace[place(of: key), default: Content()].lines += [] }

    mutating func read(_ plan: Plan) {
        for conflict in plan.conflicts {
            add(conflict.key, .conflict, conflict.path, conflict.message) { $0.conflicts += 1 }
        }
        for operation in plan.operations {
            let paths = operation.fields.map(\.path)
            let text =
                "to \(operation.action.rawValue)"
                + (paths.isEmpty
                    ? ""
                    : ": \(paths.prefix(5).joined(separator: ", "))\(paths.count > 5 ? " and \(paths.count - 5) more" : "")")
            add(operation.key, .change, "", text) { $0.changes += 1 }
        }
        for notice in plan.notices {
            guard let key = notice.key else { continue }
            if notice.isDrift {
                add(key, .drift, notice.path, notice.message) { $0.drifts += 1 }
            } else {
                add(key, .note, notice.path, notice.message) { _ in }
            }
        }
        for secret in plan.secrets where secret.state != .setAtDestination {
            let text = secret.state == .unset ? "has no value yet" : "is still a placeholder"
            add(secret.key, .secret, secret.path, text) { $0.secrets += 1 }
        }
    }

    private mutating func add(
        _ key: EntityKey,
        _ sort: SyncStatus.Line.Sort,
        _ path: String,
        _ text: String,
        _ count: (inout Content) -> Void
    ) {
        let subject = key.title(in: catalog) + (path.isEmpty ? "" : " · \(path)")
        let place = place(of: key)
        byPlace[place, default: Content()].lines.append(.init(sort: sort, subject: subject, text: text))
        count(&byPlace[place]!)
    }

    private func place(of key: EntityKey) -> Place {
        if let project = Selection.project(of: key) { return .project(project) }
        var root = key
        while let owner = root.owner { root = owner }
        return .shared(root.kind)
    }

    func subjects() -> (projects: [SyncStatus.Subject], shared: [SyncStatus.Subject]) {
        var (projects, shared): ([SyncStatus.Subject], [SyncStatus.Subject]) = ([], [])
        for (place, content) in byPlace {
            switch place {
            case .project(let key): projects.append(subject(key.name, content, project: key))
            case .shared(let kind):
                let title =
                    kind == .scriptModules ? "script modules" : catalog[kind]?.title.many ?? kind.rawValue
                shared.append(subject(title, content, kind: kind))
            }
        }
        let order = { (left: SyncStatus.Subject, right: SyncStatus.Subject) in
            (EntityKey.folded(left.name), left.name) < (EntityKey.folded(right.name), right.name)
        }
        return (projects.sorted(by: order), shared.sorted(by: order))
    }

    private func subject(
        _ name: String,
        _ content: Content,
        project: EntityKey? = nil,
        kind: KindName? = nil
    ) -> SyncStatus.Subject {
        SyncStatus.Subject(
            name: name,
            project: project,
            kind: kind,
            state: SyncStatus.state(changes: content.changes, drifts: content.drifts, conflicts: content.conflicts),
            changes: content.changes,
            drifts: content.drifts,
            conflicts: content.conflicts,
            secrets: content.secrets,
            lines: content.lines
        )
    }
}

extension Notice {
    /// The destination changed something itself, and sync leaves it so.
    public var isDrift: Bool {
        code == "drift" || code.hasPrefix("drift-") || code == "deleted-at-destination" || code == "orphan-modified"
    }
}

extension SyncStatus {
    public var json: JSON {
        [
            "source": source.json(cursor: nil), "destination": destination.json(cursor: nil),
            "state": .string(state.rawValue),
            "counts": .object(JSONObject(State.allCases.map { ($0.rawValue, .int(count($0))) })),
            "projects": .array(projects.map(\.json)), "shared": .array(shared.map(\.json)),
        ]
    }
}

extension SyncStatus.Subject {
    public var json: JSON {
        [
            "name": .string(name), "kind": JSON(kind?.rawValue), "state": .string(state.rawValue),
            "changes": .int(changes), "drifts": .int(drifts), "conflicts": .int(conflicts), "secrets": .int(secrets),
            "lines": .array(
                lines.map {
                    ["sort": .string($0.sort.rawValue), "subject": .string($0.subject), "text": .string($0.text)]
                }
            ),
        ]
    }
}
