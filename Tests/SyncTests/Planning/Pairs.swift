import Catalog
import Testing

@testable import Sync

/// Two replicas and what is remembered of them: plan, carry out in memory, edit, plan again.
struct Duo {
    var source = Sketch("s")
    var destination = Sketch("d")
    var state = SyncState()
    var policy: Policy

    init(_ policy: Policy = Planning.policy()) { self.policy = policy }

    func plan() throws -> PlanningOutcome {
        try makePlan(
            PlanningInput(
                source: source.replica,
                destination: destination.replica,
                state: state,
                policy: policy
            )
        )
    }

    /// Plans, carries out and remembers.
    @discardableResult
    mutating func sync() throws -> Plan {
        let outcome = try plan()
        for operation in outcome.plan.operations { destination.carryOut(operation) }
        state = outcome.proposedState.completed(with: destination.replica)
        return outcome.plan
    }

    /// What plans say when nothing is left to do.
    func residue() throws -> [String] { try plan().plan.operations.map(\.summary) }
}

/// A namespace for defaults of the helpers above.
enum Planning {
    static func policy() -> Policy { SyncTests.policy() }
}

extension Sync.Operation {
    /// `10 create environments/Test`, `110 update projects/A: Description`
    var summary: String {
        let paths = fields.map(\.path).joined(separator: ", ")
        return "\(phase.rawValue) \(action.rawValue) \(key)" + (paths.isEmpty ? "" : ": \(paths)")
    }
}

extension Sketch {
    /// What a server would do, without a server.
    mutating func carryOut(_ operation: Sync.Operation) {
        switch operation.action {
        case .create: create(operation)
        case .update: change(operation)
        case .rename: rename(operation)
        case .delete: replica.remove(operation.key)
        }
    }

    private mutating func create(_ operation: Sync.Operation) {
        precondition(replica[operation.key] == nil, "created twice: \(operation.key)")
        var entity = Entity(
            key: operation.key,
            id: nextID(operation.key.kind.rawValue),
            version: operation.key.kind == .stepTemplates ? 0 : nil,
            body: operation.after
        )
        store(operation.after, in: &entity)
        number(&entity, known: [:])
        replica.insert(entity)
    }

    private mutating func change(_ operation: Sync.Operation) {
        guard var entity = replica[operation.key] else { preconditionFailure("nothing to update: \(operation.key)") }
        let known = partIDs(of: operation.key)
        store(operation.after, in: &entity)
        entity.version = entity.version.map { $0 + 1 }
        let names = Dictionary(operation.partRenames.map { ($0.path, $0.formerName) }) { first, _ in first }
        func former(_ path: [String]) -> [String] {
            path.indices.map { names[Array(path[...$0])] ?? path[$0] }
        }
        number(&entity, known: known, former: former)
        replica.insert(entity)
        var moved: [EntityKey: EntityKey] = [:]
        Parts.forEach(entity.body, Self.kind(entity.key).shape) { path, _ in
            guard former(path) != path, let old = entity.key.part(former(path)) else { return }
            moved[old] = entity.key.part(path)
        }
        followParts(moved)
    }

    /// New variables get ids, known ones keep theirs.
    private mutating func store(_ body: JSON, in entity: inout Entity) {
        entity.body = body
        guard entity.key.kind == .variableSets, let rows = body["Variables"]?.arrayValue else { return }
        let old = entity.rowIDs
        entity.rowIDs = rows.map { row in row["Row"]?.intValue.map { old[$0] } ?? nextID("row") }
        entity.body["Variables"] = .array(
            rows.map { row in
                var row = row
                row["Row"] = nil
                return row
            }
        )
    }

    private mutating func rename(_ operation: Sync.Operation) {
        let new = operation.key.renamed(to: operation.after["Name"]?.stringValue ?? "")
        precondition(replica[new] == nil || new == operation.key, "renamed onto another: \(new)")
        moveKeys([operation.key: new])
        if var entity = replica[new] {
            entity.body = operation.after
            replica.insert(entity)
        }
    }

    /// Gives documents, and all that belongs to or refers to them, other names.
    mutating func moveKeys(_ renames: [EntityKey: EntityKey]) {
        let all = replica.entities.values
        let keys = replica.keysByID
        for entity in all { replica.remove(entity.key) }
        for var entity in all {
            entity.key = entity.key.applying(renames)
            entity.body = entity.body.mappingKeys { $0.applying(renames) }
            if let links = entity.body["ProjectEnvironments"]?.objectValue {
                entity.body["ProjectEnvironments"] = .object(
                    JSONObject(links.map { (EntityKey(.projects, $0.key).applying(renames).name, $0.value) })
                )
            }
            replica.insert(entity)
        }
        for (id, key) in keys where replica.keysByID[id] == nil { replica.keysByID[id] = key.applying(renames) }
    }

    /// What a person does in the portal.
    mutating func edit(_ key: EntityKey, _ change: (inout JSON) -> Void) {
        guard var entity = replica[key] else { preconditionFailure("no \(key)") }
        let known = partIDs(of: key)
        change(&entity.body)
        number(&entity, known: known)
        replica.insert(entity)
    }

    mutating func renameByHand(_ key: EntityKey, to name: String) {
        let new = key.renamed(to: name)
        moveKeys([key: new])
        edit(new) { $0["Name"] = .string(name) }
    }
}
