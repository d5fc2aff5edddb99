extension IntakeRun {
    /// An object of a document.
    ///
    /// - Parameters:
    ///   - stored: what the object replaces.
    ///   - besides: members that are handled elsewhere.
    mutating func object(
        _ given: JSONObject,
        _ shape: Shape,
        stored: JSONObject?,
        at place: Place,
        besides: [String] = []
    ) -> JSONObject {
        var given = given
        let stored = chooseVariant(&given, shape, stored: stored)
        let fields = shape.fields(of: given)
        let unknown = Self.unknownMembers(of: given, besides: fields.map(\.name) + besides)
        var exact = JSONObject(
            fields.compactMap { field in given[caseless: field.name].map { (field.name, $0) } }
        )
        shape.conclusion?(&exact)
        var result = JSONObject()
        for field in fields {
            if shape.isSparse, exact[field.name].map(\.isNull) ?? true { continue }
            let value = self.field(
                field,
                given: exact[field.name],
                among: exact,
                stored: stored,
                at: place.member(field.name)
            )
            if shape.isSparse, value?.arrayValue?.isEmpty == true { continue }
            result[field.name] = value
        }
        for (name, value) in unknown where !(shape.isSparse && value.isNull) {
            result[name] = sealing(value, stored: stored?[name], at: place.member(name))
        }
        return result
    }

    /// Writes the discriminator's exact name and value into the object. Answers what is stored, if it is of the same
    /// variant: else nothing of it can be kept.
    private func chooseVariant(_ given: inout JSONObject, _ shape: Shape, stored: JSONObject?) -> JSONObject? {
        guard let name = shape.discriminator, let field = shape.fields.first(where: { $0.name == name }) else {
            return stored
        }
        let storedVariant = stored?[name]?.stringValue
        let sent = given[caseless: name]
        // A value of a wrong type is refused with the other members.
        if let sent, !sent.isNull, sent.stringValue == nil { return nil }
        var variant = sent?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        if field.access != .readWrite, let storedVariant { variant = storedVariant }
        // A request without the discriminator speaks of the variant that is there.
        variant = variant ?? storedVariant ?? (field.isRequired ? nil : field.emptyValue.stringValue)
        if case .choice(let values) = field.type, let text = variant {
            variant = values.first { $0.lowercased() == text.lowercased() } ?? text
        }
        if let variant { given[name] = .string(variant) }
        return variant == storedVariant ? stored : nil
    }

    private static func unknownMembers(of given: JSONObject, besides names: [String]) -> [(String, JSON)] {
        let known = Set(names.map { $0.lowercased() })
        return given.compactMap { key, value in
            let folded = key.lowercased()
            return known.contains(folded) || folded == "links" ? nil : (key, value)
        }
    }

    /// A member; nil when it is not stored.
    private mutating func field(
        _ field: Field,
        given: JSON?,
        among siblings: JSONObject,
        stored owner: JSONObject?,
        at place: Place
    ) -> JSON? {
        let stored = owner?[field.name]
        switch field.access {
        case .writeOnly: return nil
        case .readOnly: return stored.map { keeping($0, field, at: place) } ?? field.filledValue
        case .createOnly:
            if let stored { return keeping(stored, field, at: place) }
        case .readWrite: break
        }
        switch field.type {
        case .secret:
            if field.isRequired, owner == nil, !Self.bringsSecret(given) { requireMissing(place) }
            return secret(given, stored: stored, at: place)
        case .variableValue: return variableValue(given, siblings, stored: owner, at: place)
        case .parameterDefault:
            let control = siblings["DisplaySettings"]?["Octopus.ControlType"]?.stringValue
            return controlled(given ?? .null, control, stored: stored, at: place)
        default: break
        }
        if given == nil, field.keptWhenAbsent, let stored { return keeping(stored, field, at: place) }
        guard let given, !given.isNull else {
            if field.isRequired { requireMissing(place) }
            return field.filledValue
        }
        return value(given, field, stored: stored, at: place)
    }

    mutating func requireMissing(_ place: Place) {
        refuse(place, "The \(place.shown) field is required.")
    }

    /// A stored value that stays, and with it the secrets inside.
    private mutating func keeping(_ stored: JSON, _ field: Field, at place: Place) -> JSON {
        let parent = Array(place.path.dropLast())
        var kept: [[String]] = []
        Shape([field]).visit(.object([field.name: stored]), in: context) { site in
            switch site.content {
            case .secret where site.value["HasValue"] == true: kept.append(parent + site.path)
            case .secretText: kept.append(parent + site.path)
            default: break
            }
        }
        secrets += kept.map { ($0, .keep) }
        return stored
    }
}
