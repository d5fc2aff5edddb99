extension IntakeRun {
    /// A value that is neither absent nor null.
    mutating func value(_ given: JSON, _ field: Field, stored: JSON?, at place: Place) -> JSON {
        switch field.type {
        case .string(let maxLength): return string(given, field, maxLength: maxLength, at: place)
        case .text: return string(given, field, maxLength: nil, at: place)
        case .timestamp: return string(given, field, maxLength: 64, at: place)
        case .timeSpan: return timeSpan(given, field, at: place)
        case .bool:
            if case .bool = given { return given }
            refuse(place, expected: "a boolean", found: given)
            return field.emptyValue
        case .int(let range): return int(given, field, in: range, at: place)
        case .choice(let values): return choice(given, field, of: values, at: place)
        case .names, .strings: return strings(given, isRequired: field.isRequired, at: place)
        case .reference(let reference):
            switch reference.format {
            case .list, .orderedList: return strings(given, isRequired: field.isRequired, at: place)
            case .single, .commaList, .embeddedJSON: return string(given, field, maxLength: nil, at: place)
            }
        case .secret: return secret(given, stored: stored, at: place)
        case .propertyValue: return property(given, isSensitive: false, stored: stored, at: place) ?? ""
        case .object(let shape), .optionalObject(let shape):
            guard case .object(let object) = given else {
                refuse(place, expected: "an object", found: given)
                return field.emptyValue
            }
            return .object(self.object(object, shape, stored: stored?.objectValue, at: place))
        case .entries(let shape, let key, let id):
            return entries(given, shape, key: key, id: id, stored: stored, at: place)
        case .list(let shape): return list(given, shape, isRequired: field.isRequired, at: place)
        case .map(let key, let element): return map(given, key, element, stored: stored, at: place)
        case .properties: return properties(given, stored: stored, at: place)
        case .opaque: return sealing(given, stored: stored, at: place)
        case .variableValue, .parameterDefault: return given
        }
    }

    private mutating func string(_ given: JSON, _ field: Field, maxLength: Int?, at place: Place) -> JSON {
        guard case .string(let text) = given else {
            refuse(place, expected: "a string", found: given)
            return field.emptyValue
        }
        // White space around a name is kept, as clients look for what they wrote; it does not make a name different.
        if field.isRequired, text.allSatisfy(\.isWhitespace) { requireMissing(place) }
        if let maxLength, text.utf8.count > maxLength, text.unicodeScalars.count > maxLength {
            refuse(place, "The \(place.shown) field must be at most \(maxLength) characters long.")
        }
        return .string(text)
    }

    private mutating func timeSpan(_ given: JSON, _ field: Field, at place: Place) -> JSON {
        guard let text = given.stringValue else {
            refuse(place, expected: "a time span like 01:30:00 or 2.00:00:00", found: given)
            return field.emptyValue
        }
        guard let span = TimeSpanText.canonical(text) else {
            refuse(place, "The \(place.shown) field must be a time span like 01:30:00 or 2.00:00:00.")
            return field.emptyValue
        }
        return .string(span)
    }

    private mutating func int(_ given: JSON, _ field: Field, in range: ClosedRange<Int>, at place: Place) -> JSON {
        guard let number = given.intValue ?? given.doubleValue.flatMap({ Int(exactly: $0) }) else {
            refuse(place, expected: "a whole number", found: given)
            return field.emptyValue
        }
        guard range.contains(number) else {
            let limits = "from \(range.lowerBound) to \(range.upperBound)"
            refuse(place, "The \(place.shown) field must be a whole number \(limits).")
            return field.emptyValue
        }
        return .int(number)
    }

    private mutating func choice(_ given: JSON, _ field: Field, of values: [String], at place: Place) -> JSON {
        guard case .string(let text) = given else {
            refuse(place, expected: "a string", found: given)
            return field.emptyValue
        }
        let folded = text.lowercased()
        if let value = values.first(where: { $0.lowercased() == folded }) { return .string(value) }
        if text.isEmpty {
            if field.isRequired { requireMissing(place) }
            return field.emptyValue
        }
        refuse(
            place,
            "The \(place.shown) field must be one of: \(values.filter { !$0.isEmpty }.joined(separator: ", "))."
        )
        return field.emptyValue
    }

    private mutating func strings(_ given: JSON, isRequired: Bool, at place: Place) -> JSON {
        guard case .array(let elements) = given else {
            refuse(place, expected: "an array of strings", found: given)
            return []
        }
        var result: [JSON] = []
        for (position, element) in elements.enumerated() where !element.isNull {
            if case .string = element {
                result.append(element)
            } else {
                refuse(place.element("", at: position), expected: "a string", found: element)
            }
        }
        if isRequired, result.isEmpty { requireMissing(place) }
        return .array(result)
    }
}

extension String {
    var withoutOuterSpace: String {
        let front = drop(while: \.isWhitespace)
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }
}
