public import Catalog
public import Sync

/// A field that the destination keeps otherwise than it was sent by the last run (E-106).
public struct StoredOtherwise: Sendable, Hashable {
    public var key: EntityKey
    /// `Description`, `Steps/Deploy/Condition`
    public var path: String
    public var sent: JSON
    public var stored: JSON
    /// What explains it; nil where no known form does.
    public var rule: Normalisation?
}

extension SyncFlow {
    /// What the destination's server made of what the last run sent, and how that could be taken for no difference.
    /// Writes nothing.
    ///
    /// - Throws: `SyncRunError`.
    public func storedOtherwise() async throws -> [StoredOtherwise] {
        guard let last = try await store.runs(limit: 1).first, let history = try await store.history(of: last.id) else {
            return []
        }
        let entries = try await store.journal(of: last.id)
        // Verified: the server's answer was what was sent.
        let odd = history.images.filter { image in
            image.after != nil && image.operation.action != .delete && entries[image.operation.sequence]?.step == .done
                && image.kind == image.operation.key.wireKind
        }
        if odd.isEmpty { return [] }
        let asked = Self.fieldsInQuestion(try await plan())
        let documents = DocumentNormalizer(try await raw(.destination).documents, catalog: catalog)
        var found: [StoredOtherwise] = []
        for image in odd {
            let operation = image.operation
            guard let after = image.after, let stored = documents.entity(after, kind: image.kind)?.body else {
                continue
            }
            for (name, sent) in operation.after.objectValue ?? [:] where asked[operation.key]?.contains(name) == true {
                Self.compare(sent.withoutSecretStates, stored[name]?.withoutSecretStates ?? .null, [name]) {
                    found.append(otherwise(operation.key, $0, $1, $2))
                }
            }
        }
        return found
    }

    /// Fields of which planning says that the two sides differ, by document.
    private static func fieldsInQuestion(_ plan: Plan) -> [EntityKey: Set<String>] {
        var result: [EntityKey: Set<String>] = [:]
        func add(_ key: EntityKey?, _ path: String) {
            guard let key, let name = path.split(separator: "/").first else { return }
            result[key, default: []].insert(String(name))
        }
        for operation in plan.operations where operation.action == .update {
            for field in operation.fields { add(operation.key, field.path) }
        }
        for conflict in plan.conflicts { add(conflict.key, conflict.path) }
        for notice in plan.notices where notice.code == "drift" { add(notice.key, notice.path) }
        return result
    }

    /// Finds the smallest things that differ; elements go by their names.
    private static func compare(
        _ sent: JSON,
        _ stored: JSON,
        _ path: [String],
        _ found: ([String], JSON, JSON) -> Void
    ) {
        if sent == stored { return }
        switch (sent, stored) {
        case (.object(let left), .object(let right)):
            for name in Set(left.map(\.key) + right.map(\.key)).sorted() {
                compare(left[name] ?? .null, right[name] ?? .null, path + [name], found)
            }
        case (.array(let left), .array(let right)):
            let names = left.compactMap { $0["Name"]?.stringValue }
            guard !left.isEmpty, names.count == left.count, names == right.compactMap({ $0["Name"]?.stringValue })
            else { return found(path, sent, stored) }
            for (position, name) in names.enumerated() {
                compare(left[position], right[position], path + [name], found)
            }
        default: found(path, sent, stored)
        }
    }

    private func otherwise(_ key: EntityKey, _ path: [String], _ sent: JSON, _ stored: JSON) -> StoredOtherwise {
        StoredOtherwise(
            key: key,
            path: path.joined(separator: "/"),
            sent: sent,
            stored: stored,
            rule: rule(for: key, path, sent, stored)
        )
    }

    private func rule(for key: EntityKey, _ path: [String], _ sent: JSON, _ stored: JSON) -> Normalisation? {
        guard key.kind != .variableSets, key.kind != .tenantVariables, let kind = catalog[key.wireKind],
            let form = Normalisation.Form.allCases.first(where: { $0.makes(sent, stored) }),
            let path = kind.shape.pattern(of: path[...])
        else { return nil }
        let name = key.kind == .scriptModules ? "scriptModules" : kind.policyKey
        return Normalisation(kind: name, path: path, form: form)
    }
}

extension Shape {
    /// The path with `*` for the names of elements; nil where it leads nowhere.
    fileprivate func pattern(of path: ArraySlice<String>) -> [String]? {
        guard let name = path.first else { return [] }
        let all = fields + variants.values.flatMap { $0 }
        guard let field = all.first(where: { $0.name == name }) else { return nil }
        return field.type.pattern(of: path.dropFirst()).map { [name] + $0 }
    }
}

extension FieldType {
    fileprivate func pattern(of path: ArraySlice<String>) -> [String]? {
        if path.isEmpty { return [] }
        switch self {
        case .object(let shape), .optionalObject(let shape): return shape.pattern(of: path)
        case .entries(let shape, _, _), .list(let shape):
            return shape.pattern(of: path.dropFirst()).map { ["*"] + $0 }
        case .map(_, let value): return value.pattern(of: path.dropFirst()).map { ["*"] + $0 }
        case .properties: return path.count == 1 ? Array(path) : nil
        default: return nil
        }
    }
}
