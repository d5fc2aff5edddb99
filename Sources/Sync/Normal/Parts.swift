import Catalog

/// Parts of documents that have a name and an id of their own: steps, actions, package references, phases, tags,
/// template parameters. A part is found by its path: `["Steps", "Deploy", "Actions", "Deploy"]`.
enum Parts {
    /// The server's ids of all parts of a wire document, depth first in the order of the document. Empty text where the
    /// server gave none.
    static func ids(of document: JSON, _ shape: Shape) -> [String] {
        var result: [String] = []
        forEach(document, shape) { _, element in result.append(element["Id"]?.stringValue ?? "") }
        return result
    }

    /// Ids by folded path. Empty when the list of ids does not belong to this body.
    static func ids(_ ids: [String], of body: JSON, _ shape: Shape) -> [[String]: String] {
        guard !ids.isEmpty else { return [:] }
        var paths: [[String]] = []
        forEach(body, shape) { path, _ in paths.append(folded(path)) }
        guard paths.count == ids.count else { return [:] }
        return Dictionary(zip(paths, ids).filter { !$0.1.isEmpty }) { first, _ in first }
    }

    static func forEach(_ body: JSON, _ shape: Shape, _ visit: ([String], JSON) -> Void) {
        for field in shape.fields {
            guard let inner = self.shape(of: field) else { continue }
            for element in body[field.name]?.arrayValue ?? [] { walk(element, inner, [field.name], visit) }
        }
    }

    private static func walk(_ element: JSON, _ shape: Shape, _ list: [String], _ visit: ([String], JSON) -> Void) {
        let path = list + [element["Name"]?.stringValue ?? ""]
        visit(path, element)
        for field in shape.fields {
            guard let inner = self.shape(of: field) else { continue }
            for element in element[field.name]?.arrayValue ?? [] { walk(element, inner, path + [field.name], visit) }
        }
    }

    /// The shape of the parts that a field holds; nil for a field that holds none.
    static func shape(of field: Field) -> Shape? {
        guard case .entries(let shape, key: "Name", let id) = field.type, id != .none else { return nil }
        return shape
    }

    static func folded(_ path: [String]) -> [String] { path.map(EntityKey.folded) }

    /// The list of one field with other names for some of its parts.
    ///
    /// - Parameter names: new names, by the folded path that a part has before.
    static func renaming(_ list: JSON, _ field: Field, _ names: [[String]: String]) -> JSON {
        guard !names.isEmpty, let shape = shape(of: field) else { return list }
        return renaming(list, shape, [EntityKey.folded(field.name)], names)
    }

    private static func renaming(
        _ list: JSON,
        _ shape: Shape,
        _ path: [String],
        _ names: [[String]: String]
    ) -> JSON {
        guard case .array(let elements) = list else { return list }
        return .array(
            elements.map { element in
                guard case .object(var object) = element else { return element }
                let place = path + [EntityKey.folded(object["Name"]?.stringValue ?? "")]
                if let name = names[place] { object["Name"] = .string(name) }
                for field in shape.fields {
                    guard let inner = self.shape(of: field), let list = object[field.name] else { continue }
                    object[field.name] = renaming(list, inner, place + [EntityKey.folded(field.name)], names)
                }
                return .object(object)
            }
        )
    }
}

extension EntityKey {
    /// The key by which others refer to a part of this document; nil for parts that nothing refers to.
    func part(_ path: [String]) -> EntityKey? {
        switch (kind, path.first.map(Self.folded), path.count) {
        case (.deploymentProcesses, "steps", 4), (.runbookProcesses, "steps", 4):
            owner.map { EntityKey(.actions, [$0.kind.rawValue] + $0.path + [path[1], path[3]]) }
        case (.tagSets, "tags", 2): EntityKey(.tags, self.path + [path[1]])
        case (_, "templates", 2), (_, "parameters", 2):
            EntityKey(.templateParameters, [kind.rawValue] + self.path + [path[1]])
        default: nil
        }
    }
}
