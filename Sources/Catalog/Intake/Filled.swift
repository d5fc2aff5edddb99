extension Kind {
    /// The body with the default of each described member that is absent, at any depth.
    ///
    /// A null where only a value can be counts as absent; all else stays as it is, and in its order. Two documents that
    /// mean the same are equal when both are filled.
    public func filled(_ body: JSON) -> JSON { shape.filled(body) }
}

extension Shape {
    func filled(_ value: JSON) -> JSON {
        guard case .object(var object) = value else { return value }
        conclusion?(&object)
        if let discriminator, object[discriminator] == nil,
            let field = fields.first(where: { $0.name == discriminator }), !field.emptyValue.isNull
        {
            object[discriminator] = field.emptyValue
        }
        for field in fields(of: object) where field.access != .writeOnly {
            guard let member = object[field.name] else {
                if !isSparse { object[field.name] = field.filledValue }
                continue
            }
            if isSparse, member.isNull || member.arrayValue?.isEmpty == true {
                object[field.name] = nil
            } else {
                object[field.name] = field.filled(member)
            }
        }
        return .object(object)
    }
}

extension Field {
    /// The value of the member when it is absent, with the members of objects filled.
    var filledValue: JSON {
        if let fallback { return fallback }
        if case .object(let shape) = type { return shape.filled([:]) }
        return type.emptyValue
    }

    fileprivate func filled(_ value: JSON) -> JSON {
        if value.isNull {
            // Null may mean something where an object could be: a project in git has no versioning strategy.
            if case .object = type { return value }
            return emptyValue
        }
        return type.filled(value)
    }
}

extension FieldType {
    fileprivate func filled(_ value: JSON) -> JSON {
        switch self {
        case .object(let shape), .optionalObject(let shape): return shape.filled(value)
        case .entries(let shape, _, _), .list(let shape):
            guard case .array(let elements) = value else { return value }
            return .array(elements.map(shape.filled))
        case .map(_, let element):
            guard case .object(let object) = value else { return value }
            return .object(JSONObject(object.map { ($0.key, element.filled($0.value)) }))
        default: return value
        }
    }
}
