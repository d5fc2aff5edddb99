extension IntakeRun {
    /// Objects that each have an id of their own, or at least a key.
    mutating func entries(
        _ given: JSON,
        _ shape: Shape,
        key: String,
        id: EntryID,
        stored: JSON?,
        at place: Place
    ) -> JSON {
        guard case .array(let elements) = given else {
            refuse(place, expected: "an array of objects", found: given)
            return []
        }
        let known = StoredEntries(stored, key: key, id: id)
        var seenKeys = Set<String>()
        var result: [JSON] = []
        result.reserveCapacity(elements.count)
        for (position, element) in elements.enumerated() {
            guard case .object(let object) = element else {
                refuse(place.element("", at: position), expected: "an object", found: element)
                continue
            }
            let givenID = object[caseless: "Id"]?.stringValue ?? ""
            let keyText = object[caseless: key]?.stringValue?.withoutOuterSpace ?? ""
            let (entryID, match) = identify(givenID, keyText, id, known)
            let unique = key == "Id" ? (entryID ?? "") : keyText
            if !seenKeys.insert(unique.lowercased()).inserted {
                refuse(
                    place.element("", at: position).member(key),
                    "\(place.shown) has two entries with the \(key) '\(unique)'."
                )
            }
            // The path is that of the walk, which takes the id, else the key.
            let entryPlace = place.element(entryID ?? (keyText.isEmpty ? String(position) : keyText), at: position)
            let members = self.object(object, shape, stored: match, at: entryPlace, besides: id == .none ? [] : ["Id"])
            result.append(
                id == .none
                    ? .object(members)
                    : .object(JSONObject([("Id", JSON(entryID))] + members.map { ($0.key, $0.value) }))
            )
        }
        return .array(result)
    }

    /// The id of an entry, and the stored entry that it replaces.
    private func identify(
        _ given: String,
        _ key: String,
        _ kind: EntryID,
        _ known: StoredEntries
    ) -> (id: String?, stored: JSONObject?) {
        switch kind {
        case .none: return (nil, known.byKey[key.lowercased()])
        case .uuid: return given.isEmpty ? (newUUID(), nil) : (given, known.byID[given])
        case .tag:
            // A tag that came from elsewhere, or is new, has no id here yet: the server counts them.
            if !given.isEmpty, let stored = known.byID[given] { return (given, stored) }
            let namesake = known.byKey[key.lowercased()]
            return (given.isEmpty ? namesake?["Id"]?.stringValue : nil, namesake)
        }
    }

    /// Stored entries by what finds them again.
    private struct StoredEntries {
        var byID: [String: JSONObject] = [:]
        var byKey: [String: JSONObject] = [:]

        init(_ stored: JSON?, key: String, id: EntryID) {
            for case .object(let entry) in stored?.arrayValue ?? [] {
                if id != .none, let text = entry["Id"]?.stringValue { byID[text] = entry }
                if id != .uuid { byKey[(entry[key]?.stringValue ?? "").lowercased()] = entry }
            }
        }
    }

    mutating func list(_ given: JSON, _ shape: Shape, isRequired: Bool, at place: Place) -> JSON {
        guard case .array(let elements) = given else {
            refuse(place, expected: "an array of objects", found: given)
            return []
        }
        var result: [JSON] = []
        for (position, element) in elements.enumerated() {
            guard case .object(let object) = element else {
                refuse(place.element("", at: position), expected: "an object", found: element)
                continue
            }
            let id = object[caseless: "Id"]?.stringValue ?? String(position)
            result.append(.object(self.object(object, shape, stored: nil, at: place.element(id, at: position))))
        }
        if isRequired, result.isEmpty { requireMissing(place) }
        return .array(result)
    }

    mutating func map(
        _ given: JSON,
        _ key: Reference?,
        _ element: FieldType,
        stored: JSON?,
        at place: Place
    ) -> JSON {
        guard case .object(let object) = given else {
            refuse(place, expected: "an object", found: given)
            return [:]
        }
        var result = JSONObject()
        for (name, member) in object where name.lowercased() != "links" {
            let memberPlace = place.member(name)
            if case .parameterDefault = element {
                if member.isNull { continue }
                let control = key?.targets == [.templateParameters] ? context.controlTypeOfParameter(name) : nil
                result[name] = controlled(member, control, stored: stored?[name], at: memberPlace)
            } else if member.isNull {
                // A null list is an empty list, and means that there is an entry; any other null means none.
                if element.emptyValue.arrayValue != nil { result[name] = [] }
            } else {
                result[name] = value(member, Field(name, element), stored: stored?[name], at: memberPlace)
            }
        }
        return .object(result)
    }

    mutating func properties(_ given: JSON, stored: JSON?, at place: Place) -> JSON {
        guard case .object(let object) = given else {
            refuse(place, expected: "an object", found: given)
            return [:]
        }
        let template = object["Octopus.Action.Template.Id"]?.stringValue
        let controls = template.map(context.controlTypes) ?? [:]
        var result = JSONObject()
        for (name, member) in object {
            result[name] = property(
                member,
                isSensitive: controls[name] == "Sensitive",
                stored: stored?[name],
                at: place.member(name)
            )
        }
        return .object(result)
    }
}
