import Catalog

/// Renamed parameters of step templates. The steps that use a template hold its values under the parameters' names, and
/// at the destination such a value may be a secret that nobody can bring again.
struct ParameterRenames {
    /// By template, as the destination calls it in the end: former names by present ones.
    private let names: [EntityKey: [String: [String]]]

    init(_ planner: Planner) {
        var names: [EntityKey: [String: [String]]] = [:]
        for key in planner.planned where key.kind == .stepTemplates {
            guard let pair = planner.pairs[key] else { continue }
            let former = planner.formerParameters(of: pair)
            if !former.isEmpty { names[pair.finalKey] = former }
        }
        self.names = names
    }

    /// The properties of the destination's actions that have another name at the source by now.
    ///
    /// - Parameters:
    ///   - source: steps in the destination's terms.
    ///   - destination: the steps that are there, by the names that they have in the end.
    func renames(from source: JSON, to destination: JSON) -> [PartRename] {
        if names.isEmpty { return [] }
        var result: [PartRename] = []
        for step in source.arrayValue ?? [] {
            guard let there = Self.namesake(of: step, in: destination) else { continue }
            for action in step["Actions"]?.arrayValue ?? [] {
                guard let old = Self.namesake(of: action, in: there["Actions"] ?? []) else { continue }
                let path = ["Steps", Self.name(there), "Actions", Self.name(old), "Properties"]
                result += renames(action["Properties"] ?? [:], old["Properties"] ?? [:], path)
            }
        }
        return result
    }

    private func renames(_ source: JSON, _ destination: JSON, _ path: [String]) -> [PartRename] {
        guard let template = source["Octopus.Action.Template.Id"],
            template == destination["Octopus.Action.Template.Id"],
            case .resolved(let key)? = NormalReference(json: template), let former = names[key]
        else { return [] }
        return former.sorted { $0.key < $1.key }.compactMap { name, olds in
            guard source[name] != nil, destination[name] == nil,
                let old = olds.first(where: { destination[$0] != nil && source[$0] == nil })
            else { return nil }
            return PartRename(path: path + [name], formerName: old)
        }
    }

    /// Steps with these properties under their new names.
    static func applied(_ renames: [PartRename], to steps: JSON) -> JSON {
        var result = steps
        for rename in renames { result = renaming(rename, in: result, rename.path.dropFirst()) }
        return result
    }

    private static func renaming(_ rename: PartRename, in value: JSON, _ path: ArraySlice<String>) -> JSON {
        guard let first = path.first else { return value }
        switch value {
        case .array(let elements):
            let folded = EntityKey.folded(first)
            return .array(
                elements.map { EntityKey.folded(name($0)) == folded ? renaming(rename, in: $0, path.dropFirst()) : $0 }
            )
        case .object(let object) where path.count == 1:
            return .object(JSONObject(object.map { ($0.key == rename.formerName ? first : $0.key, $0.value) }))
        case .object(var object):
            object[first] = object[first].map { renaming(rename, in: $0, path.dropFirst()) }
            return .object(object)
        default: return value
        }
    }

    private static func namesake(of element: JSON, in list: JSON) -> JSON? {
        let folded = EntityKey.folded(name(element))
        return list.arrayValue?.first { EntityKey.folded(name($0)) == folded }
    }

    private static func name(_ element: JSON) -> String { element["Name"]?.stringValue ?? "" }
}

extension Planner {
    /// What the parameters of a step template were called before, by the names that they have in the end: renamed by
    /// this plan, and by earlier ones, since a step may be brought to the new version much later.
    func formerParameters(of pair: Pair) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for (name, olds) in pair.record?.variables["renamed"]?.objectValue ?? [:] { result[name] = olds.stringsValue }
        for rename in alignments[pair.source.key]?.renames ?? [] where rename.path.first == "Parameters" {
            let older = result.removeValue(forKey: rename.from) ?? []
            result[rename.to] = [rename.from] + older.filter { $0 != rename.to }
        }
        return result
    }
}
