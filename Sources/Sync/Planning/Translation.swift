import Catalog

/// Source normal form → destination terms: every reference becomes that of its counterpart, secrets become unset.
///
/// What has no counterpart is left out and told in `issues`; whoever asked decides what that means.
struct Translator {
    let planner: Planner
    var issues: [TranslationIssue] = []
    /// A wider result is wanted here, by a rule of its own.
    var mayWiden = false
    /// What is translated, where rules of its own matter.
    let document: EntityKey?

    init(_ planner: Planner, of document: EntityKey? = nil) {
        self.planner = planner
        self.document = document
    }

    mutating func field(_ value: JSON, _ type: FieldType, _ path: [String], in parent: JSONObject) -> JSON {
        changed(value, type, path, in: parent) ?? value
    }

    /// - Parameter skipped: members that stay as they are, because somebody else sees to them.
    mutating func members(
        _ object: JSONObject,
        _ shape: Shape,
        _ path: [String],
        except skipped: [String] = []
    ) -> JSONObject {
        changedMembers(object, shape, path, except: skipped) ?? object
    }

    mutating func references(_ value: JSON, _ reference: Reference, _ path: [String]) -> JSON {
        changedReferences(value, reference, path) ?? value
    }

    mutating func tree(_ value: JSON, _ reference: Reference?, _ path: [String]) -> JSON {
        changedTree(value, reference, path) ?? value
    }
}

// Most values are the same at the destination. Those stay the very objects that they are, which costs nothing and makes
// comparing them later cheap: none below always means "as it is". Beware of `nil` beside a `JSON`: that is `.null`.
extension Translator {
    private mutating func changed(_ value: JSON, _ type: FieldType, _ path: [String], in parent: JSONObject) -> JSON? {
        guard value.isContainer else { return nil }
        switch type {
        case .reference(let reference): return changedReferences(value, reference, path)
        case .object(let shape), .optionalObject(let shape):
            guard case .object(let object) = value else { return nil }
            return changedMembers(object, shape, path).map(JSON.object)
        case .entries(let shape, let key, _): return changedElements(value, shape, key: key, path)
        case .list(let shape): return changedElements(value, shape, key: nil, path)
        case .map(let key, let element): return changedMap(value, key, element, path)
        case .properties: return changedProperties(value, path, in: parent)
        case .variableValue, .parameterDefault, .propertyValue, .opaque: return changedTree(value, nil, path)
        case .secret: return value.holdsSecret ? value.withoutSecretStates : JSON?.none
        case .string, .text, .bool, .int, .timestamp, .timeSpan, .choice, .names, .strings: return nil
        }
    }

    private mutating func changedMembers(
        _ object: JSONObject,
        _ shape: Shape,
        _ path: [String],
        except skipped: [String] = []
    ) -> JSONObject? {
        let fields = shape.fields(of: object)
        let hasDerived = fields.contains { $0.syncOwner == .derived }
        var result: JSONObject?
        let members = object.members
        for index in members.indices where hasDerived || members[index].value.isContainer {
            let (name, value) = members[index]
            if skipped.contains(name) { continue }
            // A scan: for two dozen fields it costs less than making a dictionary for each object.
            let place = fields.firstIndex { $0.name == name }
            if let place, fields[place].syncOwner == .derived {
                result = result ?? object
                result?[name] = nil
                continue
            }
            guard value.isContainer else { continue }
            var changed: JSON?
            if let place {
                changed = self.changed(value, fields[place].type, path + [name], in: object)
            } else {
                changed = changedTree(value, Reference?.none, path + [name])
            }
            guard let changed else { continue }
            result = result ?? object
            result?[name] = changed
        }
        return result
    }

    /// An element that would widen stays behind, not the whole list.
    private mutating func changedElements(_ value: JSON, _ shape: Shape, key: String?, _ path: [String]) -> JSON? {
        guard case .array(let elements) = value else { return nil }
        var result: [JSON] = []
        result.reserveCapacity(elements.count)
        var isChanged = false
        for (position, element) in elements.enumerated() {
            guard case .object(let object) = element else {
                let translated = changedTree(element, nil, path)
                isChanged = isChanged || translated != nil
                result.append(translated ?? element)
                continue
            }
            let place = path + [key.flatMap { object[$0]?.stringValue } ?? String(position)]
            let outer = issues
            issues = []
            let translated = changedMembers(object, shape, place)
            let found = issues
            issues = outer
            if let refused = found.first(where: { $0.kind == .widening }) {
                issues.append(TranslationIssue(kind: .elementDropped, path: place, lost: refused.lost))
                isChanged = true
            } else {
                issues += found
                isChanged = isChanged || translated != nil
                result.append(translated.map(JSON.object) ?? element)
            }
        }
        return isChanged ? .array(result) : JSON?.none
    }

    /// Keys are names of documents; a member whose list loses everything goes with it.
    private mutating func changedMap(_ value: JSON, _ key: Reference?, _ element: FieldType, _ path: [String]) -> JSON?
    {
        guard case .object(let object) = value, !object.isEmpty else { return nil }
        var result = JSONObject()
        for (name, member) in object {
            let place = path + [name]
            // What is said of a project's environments is said of its tenants' too.
            let isTenants = document?.kind == .tenants && key?.targets == [.projects]
            let outer = isTenants ? document.map { planner.enter(EntityKey(.projects, name), ofTenant: $0) } : nil
            defer { if let outer { planner.leave(outer) } }
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

    private mutating func changedProperties(_ value: JSON, _ path: [String], in parent: JSONObject) -> JSON? {
        guard case .object(let object) = value else { return nil }
        var result: JSONObject?
        let members = object.members
        for index in members.indices where members[index].value.isContainer {
            let (name, member) = members[index]
            var reference = PropertyReference.reference(of: name, actionType: parent["ActionType"]?.stringValue)
            // Nobody named means that anybody may answer.
            if name == "Octopus.Action.Manual.ResponsibleTeamIds" { reference?.emptyMeansAll = true }
            var changed: JSON?
            if let reference {
                changed = changedReferences(member, reference, path + [name])
            } else {
                changed = changedTree(member, Reference?.none, path + [name])
            }
            guard let changed else { continue }
            result = result ?? object
            // A property map never holds null.
            result?[name] = changed.isNull ? JSON?.none : changed
        }
        return result.map(JSON.object)
    }

    /// A value that holds references in one of the formats.
    mutating func changedReferences(_ value: JSON, _ reference: Reference, _ path: [String]) -> JSON? {
        switch value {
        case .array(let elements): return changedList(elements, value, reference, path)
        case .object(let object):
            guard object["embedded"] == nil, let token = planner.references.reference(value) else {
                return changedTree(value, reference, path)
            }
            return changedToken(token, reference, path)
        default: return nil
        }
    }

    private mutating func changedList(
        _ elements: [JSON],
        _ value: JSON,
        _ reference: Reference,
        _ path: [String]
    ) -> JSON? {
        if elements.isEmpty { return nil }
        var kept: [JSON] = []
        var lost: [String] = []
        var isLifted = false
        var isSame = true
        var hasMissing = false
        for element in elements {
            guard let token = planner.references.reference(element) else {
                kept.append(element)
                continue
            }
            switch resolved(token) {
            case .keys(let keys) where keys.count == 1 && Self.isSame(token, keys[0]): kept.append(element)
            case .keys(let keys) where !keys.isEmpty:
                isSame = false
                kept += keys.map(planner.references.json)
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
        let result = reference.format == .orderedList ? .array(JSON.unique(kept)) : JSON.sortedSet(kept)
        return isSame && result == value ? JSON?.none : result
    }

    private static func isSame(_ token: NormalReference, _ key: EntityKey) -> Bool {
        if case .resolved(let before) = token { before.isWritten(like: key) } else { false }
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

    private mutating func changedToken(_ token: NormalReference, _ reference: Reference, _ path: [String]) -> JSON? {
        if case .keys(let keys) = resolved(token), let first = keys.first {
            return Self.isSame(token, first) ? JSON?.none : planner.references.json(first)
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
    private mutating func changedTree(_ value: JSON, _ reference: Reference?, _ path: [String]) -> JSON? {
        switch value {
        case .array(let elements):
            var result: [JSON]?
            for (position, element) in elements.enumerated() where element.isContainer {
                guard let changed = changedTree(element, reference, path) else { continue }
                result = result ?? elements
                result?[position] = changed
            }
            return result.map(JSON.array)
        case .object(let object):
            if let token = planner.references.reference(value) {
                return changedToken(token, reference ?? Reference(to: Self.kind(of: token)), path)
            }
            if NormalSecret.hasValue(value) != nil { return NormalSecret.json(hasValue: false) }
            var result: JSONObject?
            let members = object.members
            for index in members.indices where members[index].value.isContainer {
                let (name, member) = members[index]
                guard let changed = changedTree(member, reference, path + [name]) else { continue }
                result = result ?? object
                result?[name] = changed
            }
            return result.map(JSON.object)
        default: return nil
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
