extension IntakeRun {
    /// A `{HasValue, NewValue}` object: the value goes to the list of secrets, and only whether there is one stays.
    mutating func secret(_ given: JSON?, stored: JSON?, at place: Place) -> JSON {
        let wasStored = stored?["HasValue"] == true
        switch given {
        case nil, .null?: return keepSecret(wasStored, at: place)
        case .string(let text)?: return setSecret(text, at: place)
        case .object(let object)?:
            switch object[caseless: "NewValue"] {
            case .string(let text)?: return setSecret(text, at: place)
            case nil, .null?:
                if object[caseless: "HasValue"] == true { return keepSecret(wasStored, at: place) }
                secrets.append((place.path, .clear))
                return FieldType.noSecret
            case let other?:
                refuse(place.member("NewValue"), expected: "a string", found: other)
                return FieldType.noSecret
            }
        case let other?:
            refuse(place, expected: "a sensitive value", found: other)
            return FieldType.noSecret
        }
    }

    /// A value that nothing describes (a field of a newer server): kept as it is, but what has the form of a secret is
    /// one.
    mutating func sealing(_ given: JSON, stored: JSON?, at place: Place) -> JSON {
        switch given {
        case .object(let object):
            if Self.isSecretObject(object) { return secret(given, stored: stored, at: place) }
            var result = JSONObject()
            for (name, member) in object {
                result[name] = sealing(member, stored: stored?[name], at: place.member(name))
            }
            return .object(result)
        case .array(let elements):
            let known = stored?.arrayValue ?? []
            return .array(
                elements.enumerated().map { position, element in
                    let id = element["Id"]?.stringValue
                    // Without an id only an element that did not change is surely the one whose secret is stored.
                    let match = known.enumerated().first {
                        id == nil ? $0.offset == position && $0.element == element : $0.element["Id"]?.stringValue == id
                    }
                    let place = place.element(id ?? String(position), at: position)
                    return sealing(element, stored: match?.element, at: place)
                }
            )
        default: return given
        }
    }

    private static func isSecretObject(_ object: JSONObject) -> Bool {
        guard let value = object[caseless: "NewValue"], value.isNull || value.stringValue != nil else { return false }
        return object.allSatisfy { ["newvalue", "hasvalue", "hint"].contains($0.key.lowercased()) }
    }

    static func bringsSecret(_ given: JSON?) -> Bool {
        switch given {
        case .string(let text)?: !text.isEmpty
        // Tools that copy documents send what they can: that there is a value, and not which.
        case .object(let object)?:
            object[caseless: "NewValue"]?.stringValue != nil || object[caseless: "HasValue"] == true
        default: false
        }
    }

    private mutating func setSecret(_ text: String, at place: Place) -> JSON {
        secrets.append((place.path, .set(text)))
        return FieldType.storedSecret
    }

    private mutating func keepSecret(_ wasStored: Bool, at place: Place) -> JSON {
        secrets.append((place.path, wasStored ? .keep : .clear))
        return wasStored ? FieldType.storedSecret : FieldType.noSecret
    }

    /// A string, or a secret; nil for null. Numbers and booleans become texts, as other servers make them.
    mutating func property(_ given: JSON, isSensitive: Bool, stored: JSON?, at place: Place) -> JSON? {
        switch given {
        case .null: return nil
        case .string(let text):
            guard isSensitive else { return given }
            // No client means "a secret that is empty".
            return text.isEmpty ? secret(["HasValue": false], stored: stored, at: place) : setSecret(text, at: place)
        case .object: return secret(given, stored: stored, at: place)
        case .bool(let value): return .string(value ? "True" : "False")
        case .int, .decimal: return .string(given.text)
        case .array:
            refuse(place, expected: "a string or a sensitive value", found: given)
            return ""
        }
    }

    /// The answer to a template parameter; its control type says whether it is sensitive.
    mutating func controlled(_ given: JSON, _ controlType: String?, stored: JSON?, at place: Place) -> JSON {
        let isSensitive = controlType == "Sensitive"
        if given.isNull, isSensitive { return secret(nil, stored: stored, at: place) }
        return property(given, isSensitive: isSensitive, stored: stored, at: place) ?? ""
    }

    /// The value of a variable. That of a sensitive one is never in the body; null keeps what is stored for it.
    mutating func variableValue(_ given: JSON?, _ variable: JSONObject, stored: JSONObject?, at place: Place) -> JSON {
        guard variable["Type"] == "Sensitive" else {
            switch given {
            case nil, .null?: return .null
            case .string?: return given ?? .null
            case let other?:
                refuse(place, expected: "a string", found: other)
                return .null
            }
        }
        if case .string(let text)? = given {
            secrets.append((place.path, .set(text)))
        } else if case .object? = given {
            _ = secret(given, stored: stored?["Type"] == "Sensitive" ? FieldType.storedSecret : nil, at: place)
        } else if let given, !given.isNull {
            refuse(place, expected: "a string", found: given)
        } else {
            secrets.append((place.path, stored?["Type"] == "Sensitive" ? .keep : .clear))
        }
        return .null
    }
}
