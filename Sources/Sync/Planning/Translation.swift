import Catalog

/// Source normal form → destination terms: every reference becomes that of its counterpart, secrets become unset.
///
/// What has no counterpart is left out and told in `issues`; whoever asked decides what that means.
struct Translator {
    let planner: Planner
    var issues: [TranslationIssue] = []
    /// A wider result is wanted here, by a rule of its own.
    var mayWiden = false

    init(_ planner: Planner) { self.planner = planner }

    mutating func field(_ value: JSON, _ type: FieldType, _ path: [String], in parent: JSONObject) -> JSON {
        switch type {
        case .reference(let reference): return references(value, reference, path)
        case .object(let shape), .optionalObject(let shape):
            guard case .object(let object) = value else { return value }
            return .object(members(object, shape, path))
        case .entries(let shape, let key, _): return elements(value, shape, key: key, path)
        case .list(let shape): return elements(value, shape, key: nil, path)
        case .map(let key, let element): return map(value, key, element, path)
        case .properties: return properties(value, path, in: parent)
        case .variableValue, .parameterDefault, .propertyValue, .opaque: return tree(value, nil, path)
        case .secret: return value.withoutSecretStates
        case .string, .text, .bool, .int, .timestamp, .timeSpan, .choice, .names, .strings: return value
        }
    }

    mutating func members(_ object: JSONObject, _ shape: Shape, _ path: [String]) -> JSONObject {
        // A scan: for two dozen fields it costs less than making a dictionary for each object.
        let fields = shape.fields(of: object)
        var result = JSONObject()
        for (name, value) in object {
            guard let field = fields.first(where: { $0.name == name }) else {
                result[name] = tree(value, nil, path + [name])
                continue
            }
            if field.syncOwner == .derived { continue }
            result[name] = self.field(value, field.type, path + [name], in: object)
        }
        return result
    }

    /// An element that would widen stays behind, not the whole list.
    private mutating func elements(_ value: JSON, _ shape: Shape, key: String?, _ path: [String]) -> JSON {
        guard case .array(let elements) = value else { return value }
        var result: [JSON] = []
        for (position, element) in elements.enumerated() {
            guard case .object(let object) = element else {
                result.append(tree(element, nil, path))
                continue
            }
            let place = path + [key.flatMap { object[$0]?.stringValue } ?? String(position)]
            let outer = issues
            issues = []
            let translated = members(object, shape, place)
            let found = issues
            issues = outer
            if let refused = found.first(where: { $0.kind == .widening }) {
                issues.append(TranslationIssue(kind: .elementDropped, path: place, lost: refused.lost))
            } else {
                issues += found
                result.append(.object(translated))
            }
        }
        return .array(result)
    }

    /// Keys are names of documents; a member whose list loses everything goes with it.
    private mutating func map(_ value: JSON, _ key: Reference?, _ element: FieldType, _ path: [String]) -> JSON {
        guard case .object(let object) = value else { return value }
        var result = JSONObject()
        for (name, member) in object {
            let place = path + [name]
            let translated = field(member, element, place, in: object)
            guard let key, let kind = key.targets.first else {
                result[name] = translated
                continue
            }
            if translated.arrayValue?.isEmpty == true, member.arrayValue?.isEmpty == false { continue }
            guard case .keys(let keys) = planner.resolve(EntityKey(kind, name)), !keys.isEmpty else {
                issues.append(TranslationIssue(kind: .dropped, path: place, lost: "\(kind)/\(name)"))
                continue
            }
            for key in keys { result[key.name] = union(result[key.name], translated) }
        }
        return .object(result)
    }

    private func union(_ left: JSON?, _ right: JSON) -> JSON {
        guard case .array(let first) = left, case .array(let second) = right else { return right }
        return JSON.sortedSet(first + second)
    }

    mutating func properties(_ value: JSON, _ path: [String], in parent: JSONObject) -> JSON {
        guard case .object(let object) = value else { return value }
        let actionType = parent["ActionType"]?.stringValue
        var result = JSONObject()
        for (name, member) in object {
            var reference = PropertyReference.reference(of: name, actionType: actionType)
            // Nobody named means that anybody may answer.
            if name == "Octopus.Action.Manual.ResponsibleTeamIds" { reference?.emptyMeansAll = true }
            let changed = reference.map { references(member, $0, path + [name]) } ?? tree(member, nil, path + [name])
            // A property map never holds null.
            if !changed.isNull || member.isNull { result[name] = changed }
        }
        return .object(result)
    }
}

extension Translator {
    /// A value that holds references in one of the formats.
    mutating func references(_ value: JSON, _ reference: Reference, _ path: [String]) -> JSON {
        switch value {
        case .array(let elements): return list(elements, reference, path)
        case .object where value["embedded"] != nil || NormalReference(json: value) == nil:
            return tree(value, reference, path)
        case .object: return single(value, reference, path)
        default: return value
        }
    }

    private mutating func list(_ elements: [JSON], _ reference: Reference, _ path: [String]) -> JSON {
        var kept: [JSON] = []
        var lost: [String] = []
        var isLifted = false
        var hasMissing = false
        for element in elements {
            guard let token = NormalReference(json: element) else {
                kept.append(element)
                continue
            }
            switch resolved(token) {
            case .keys(let keys) where !keys.isEmpty: kept += keys.map { NormalReference.resolved($0).json }
            case .any: isLifted = true
            case .keys, .excluded: lost.append(Self.text(token))
            case .missing:
                lost.append(Self.text(token))
                hasMissing = true
            }
        }
        if isLifted { kept = [] }
        if hasMissing, planner.policy.options.missingOptional != .drop {
            issues.append(TranslationIssue(kind: .missingRequired, path: path, lost: lost.joined(separator: ", ")))
        } else {
            report(kept, lost, isLifted: isLifted, of: elements, reference, path)
        }
        return reference.format == .orderedList ? .array(JSON.unique(kept)) : JSON.sortedSet(kept)
    }

    private mutating func report(
        _ kept: [JSON],
        _ lost: [String],
        isLifted: Bool,
        of elements: [JSON],
        _ reference: Reference,
        _ path: [String]
    ) {
        let isEmptied = kept.isEmpty && !elements.isEmpty && reference.emptyMeansAll
        let text = isLifted && lost.isEmpty ? "every restriction (mapped to any)" : lost.joined(separator: ", ")
        if isEmptied || (reference.excludes && !lost.isEmpty) {
            widening(path, text)
        } else if reference.isRequired && kept.isEmpty && !lost.isEmpty {
            issues.append(TranslationIssue(kind: .missingRequired, path: path, lost: text))
        } else if !lost.isEmpty {
            issues.append(TranslationIssue(kind: .dropped, path: path, lost: text))
        }
    }

    mutating func widening(_ path: [String], _ lost: String) {
        let isAllowed = mayWiden || planner.policy.widening == .allow
        issues.append(TranslationIssue(kind: isAllowed ? .allowedWidening : .widening, path: path, lost: lost))
    }

    private mutating func single(_ value: JSON, _ reference: Reference, _ path: [String]) -> JSON {
        guard let token = NormalReference(json: value) else { return value }
        if case .keys(let keys) = resolved(token), let first = keys.first {
            return NormalReference.resolved(first).json
        }
        let options = planner.policy.options
        if reference.isRequired {
            if options.missingRequired == .useDefault, let standard = planner.spaceDefault(Self.kind(of: token)) {
                let lost = "\(Self.text(token)), in whose place \(standard) is used"
                issues.append(TranslationIssue(kind: .dropped, path: path, lost: lost))
                return NormalReference.resolved(standard).json
            }
            issues.append(TranslationIssue(kind: .missingRequired, path: path, lost: Self.text(token)))
        } else if resolved(token) == .missing, options.missingOptional != .drop {
            issues.append(TranslationIssue(kind: .missingRequired, path: path, lost: Self.text(token)))
        } else if reference.emptyMeansAll {
            widening(path, Self.text(token))
        } else {
            issues.append(TranslationIssue(kind: .dropped, path: path, lost: Self.text(token)))
        }
        return .null
    }

    /// Any other value: references at any depth are found by their form.
    mutating func tree(_ value: JSON, _ reference: Reference?, _ path: [String]) -> JSON {
        switch value {
        case .array(let elements): return .array(elements.map { tree($0, reference, path) })
        case .object(let object):
            if let token = NormalReference(json: value) {
                return single(value, reference ?? Reference(to: Self.kind(of: token)), path)
            }
            if NormalSecret.hasValue(value) != nil { return NormalSecret.json(hasValue: false) }
            return .object(JSONObject(object.map { ($0.key, tree($0.value, reference, path + [$0.key])) }))
        default: return value
        }
    }

    private func resolved(_ token: NormalReference) -> Resolved {
        if case .resolved(let key) = token { planner.resolve(key) } else { .missing }
    }

    private static func kind(of token: NormalReference) -> KindName {
        switch token {
        case .resolved(let key): key.kind
        case .unresolved(let kind, _): kind
        }
    }

    /// For people: a token that means nothing is told by its kind only, since it is an id.
    static func text(_ token: NormalReference) -> String {
        switch token {
        case .resolved(let key): key.description
        case .unresolved(let kind, _): "something of \(kind) that does not exist at the source either"
        }
    }
}

extension JSON {
    /// Without duplicates, in the order of normal form.
    static func sortedSet(_ elements: [JSON]) -> JSON {
        if elements.count < 2 { return .array(elements) }
        let keyed = unique(elements).map { ($0, $0.canonicalBytes) }
        return .array(keyed.sorted { $0.1.lexicographicallyPrecedes($1.1) }.map(\.0))
    }

    static func unique(_ elements: [JSON]) -> [JSON] {
        var seen = Set<JSON>()
        return elements.filter { seen.insert($0).inserted }
    }
}
