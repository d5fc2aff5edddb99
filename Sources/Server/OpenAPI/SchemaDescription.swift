import Catalog

/// JSON Schemas of what the catalog describes.
enum SchemaDescription {
    /// The schema of a kind's documents.
    static func schema(of kind: Kind) -> JSON {
        var schema = object(kind.shape)
        var properties = JSONObject()
        for field in kind.commonFields { properties[field.name] = property(field) }
        for (name, value) in schema["properties"]?.objectValue ?? [:] where properties[name] == nil {
            properties[name] = value
        }
        schema["properties"] = .object(properties)
        schema["title"] = .string(kind.title.one.capitalizedFirst)
        return schema
    }

    private static func object(_ shape: Shape) -> JSON {
        var schema = plainObject(shape.fields)
        guard let discriminator = shape.discriminator, !shape.variants.isEmpty else { return schema }
        schema["oneOf"] = .array(
            shape.variants.sorted { $0.key < $1.key }.map { name, fields in
                var variant = plainObject(fields)
                var properties: JSONObject = [discriminator: ["const": .string(name)]]
                for (name, value) in variant["properties"]?.objectValue ?? [:] where name != discriminator {
                    properties[name] = value
                }
                variant["properties"] = .object(properties)
                variant["required"] = .array(
                    [.string(discriminator)]
                        + (variant["required"]?.arrayValue ?? []).filter { $0 != .string(discriminator) }
                )
                return variant
            }
        )
        return schema
    }

    private static func plainObject(_ fields: [Field]) -> JSON {
        var schema: JSONObject = [
            "type": "object", "properties": .object(JSONObject(fields.map { ($0.name, property($0)) })),
        ]
        let required = fields.filter { $0.isRequired && $0.access != .readOnly }.map(\.name)
        if !required.isEmpty { schema["required"] = JSON(required) }
        return .object(schema)
    }

    private static func property(_ field: Field) -> JSON {
        var schema = type(field.type)
        switch field.access {
        case .readOnly: schema["readOnly"] = true
        case .writeOnly: schema["writeOnly"] = true
        case .createOnly: schema["description"] = "Given when the document is created; cannot be changed."
        case .readWrite: break
        }
        if let fallback = field.fallback { schema["default"] = fallback }
        return schema
    }

    private static func type(_ type: FieldType) -> JSON {
        switch type {
        case .string(let length): ["type": ["string", "null"], "maxLength": .int(length)]
        case .text: ["type": ["string", "null"]]
        case .bool: ["type": "boolean"]
        case .int(let range): ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
        case .timestamp: ["type": ["string", "null"], "format": "date-time"]
        case .timeSpan: ["type": ["string", "null"], "description": "A time span: hh:mm:ss or d.hh:mm:ss."]
        case .choice(let values): ["type": "string", "enum": JSON(values)]
        case .names, .strings: ["type": "array", "items": ["type": "string"]]
        case .reference(let reference): self.reference(reference)
        case .secret: ["$ref": "#/components/schemas/SensitiveValue"]
        case .propertyValue, .parameterDefault: ["$ref": "#/components/schemas/PropertyValue"]
        case .object(let shape): object(shape)
        case .optionalObject(let shape): ["oneOf": [["type": "null"], object(shape)]]
        case .entries(let shape, _, _), .list(let shape): ["type": "array", "items": object(shape)]
        case .map(_, let value): ["type": "object", "additionalProperties": self.type(value)]
        case .properties:
            ["type": "object", "additionalProperties": ["$ref": "#/components/schemas/PropertyValue"]]
        case .variableValue: ["type": ["string", "null"]]
        case .opaque: [:]
        }
    }

    private static func reference(_ reference: Reference) -> JSON {
        let targets = reference.targets.map(\.rawValue).joined(separator: " or ")
        let what: JSON = .string("Refers to \(targets).")
        return switch reference.format {
        case .single, .commaList, .embeddedJSON: ["type": ["string", "null"], "description": what]
        case .list, .orderedList: ["type": "array", "items": ["type": "string"], "description": what]
        }
    }
}
