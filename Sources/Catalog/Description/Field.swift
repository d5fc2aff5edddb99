/// One member of a document, or of an object inside a document.
public struct Field: Sendable {
    public enum Access: Sendable, Hashable {
        case readWrite
        /// The server owns the value; what is sent is ignored.
        case readOnly
        /// Given on create, kept for ever.
        case createOnly
        /// Accepted and acted on, never stored nor returned.
        case writeOnly
    }

    /// Whom a value belongs to when two replicas are kept in step.
    public enum SyncOwner: Sendable, Hashable {
        /// Synced: the source's changes go to the destination.
        case source
        /// Given when the document is created, from then on the destination's own.
        case destination
        /// Made by each server itself; never compared and never sent.
        case derived
    }

    public var name: String
    public var type: FieldType
    public var isRequired = false
    public var access = Access.readWrite
    /// The value of an absent field; nil for the empty value of the type.
    public var fallback: JSON?
    /// A PUT without this field keeps the stored value, instead of resetting it.
    public var keptWhenAbsent = false
    public var syncOwner = SyncOwner.source
    /// A later phase in which sync writes this field, because what it refers to does not exist before; nil for the
    /// phase of the kind.
    public var syncPhase: SyncPhase?
    /// What sync gives this field in a document that it creates, whatever the source has; nil for the source's value.
    public var syncInitial: JSON?

    public init(_ name: String, _ type: FieldType) {
        self.name = name
        self.type = type
    }
}

extension Field {
    public func required() -> Field { with { $0.isRequired = true } }
    public func readOnly() -> Field {
        with {
            $0.access = .readOnly
            $0.syncOwner = .derived
        }
    }
    public func createOnly() -> Field { with { $0.access = .createOnly } }
    public func writeOnly() -> Field {
        with {
            $0.access = .writeOnly
            $0.syncOwner = .derived
        }
    }
    public func defaulting(to value: JSON) -> Field { with { $0.fallback = value } }
    public func kept() -> Field { with { $0.keptWhenAbsent = true } }
    public func ofDestination() -> Field { with { $0.syncOwner = .destination } }
    public func derived() -> Field { with { $0.syncOwner = .derived } }

    public func inPhase(_ phase: SyncPhase) -> Field { with { $0.syncPhase = phase } }

    /// The destination's own, with this value in what sync creates.
    public func ofDestination(startingAs value: JSON) -> Field {
        with {
            $0.syncOwner = .destination
            $0.syncInitial = value
        }
    }

    private func with(_ change: (inout Field) -> Void) -> Field {
        var copy = self
        change(&copy)
        return copy
    }

    /// What the field holds when nothing was given.
    public var emptyValue: JSON { fallback ?? type.emptyValue }
}

/// The members of an object.
///
/// Some objects differ by the value of one member, the discriminator: an account's fields follow from its
/// `AccountType`.
public struct Shape: Sendable {
    public var fields: [Field]
    public var discriminator: String?
    /// The further fields of each value of the discriminator. One that is named like a field of all variants takes its
    /// place.
    public var variants: [String: [Field]]
    /// Absent members stay absent, and empty ones go: the scope of a variable that has none is `{}`.
    public var isSparse = false
    /// What follows from other members (a retention of 0 items lasts for ever). Intake applies it to what was sent,
    /// once the names of the members are exact and before absent ones get their defaults.
    public var conclusion: (@Sendable (inout JSONObject) -> Void)?

    public init(_ fields: [Field], on discriminator: String? = nil, variants: [String: [Field]] = [:]) {
        self.fields = fields
        self.discriminator = discriminator
        self.variants = variants
    }

    /// The fields that an object with these members has.
    public func fields(of object: JSONObject) -> [Field] {
        guard let discriminator, let variant = object[caseless: discriminator]?.stringValue,
            let further = variants[variant]
        else { return fields }
        let replaces = further.contains { field in fields.contains { $0.name == field.name } }
        guard replaces else { return fields + further }
        return fields.map { field in further.first { $0.name == field.name } ?? field }
            + further.filter { field in !fields.contains { $0.name == field.name } }
    }

    /// This shape, with absent members left absent.
    public func sparse() -> Shape {
        var copy = self
        copy.isSparse = true
        return copy
    }

    /// This shape, with members that follow from others.
    public func concluding(_ conclusion: @escaping @Sendable (inout JSONObject) -> Void) -> Shape {
        var copy = self
        copy.conclusion = conclusion
        return copy
    }
}

/// What a field holds.
public indirect enum FieldType: Sendable {
    /// A single line.
    case string(maxLength: Int)
    /// Text for people or for interpreters: descriptions, scripts. It may quote ids, which then mean nothing.
    case text
    case bool
    case int(ClosedRange<Int>)
    /// RFC 3339 with offset, or null.
    case timestamp
    /// A .NET TimeSpan: `hh:mm:ss`, `d.hh:mm:ss`, with an optional fraction.
    case timeSpan
    case choice([String])
    /// Strings whose order means nothing (target roles).
    case names
    /// Strings in an order that means something.
    case strings
    case reference(Reference)
    /// `{HasValue, NewValue, Hint}`; the value itself is sealed apart from the document.
    case secret
    /// A string, or a secret where the control type says so.
    case propertyValue
    case object(Shape)
    /// The same, or null.
    case optionalObject(Shape)
    /// Objects in an order, each with an `Id` of its own and a name that is unique among them: steps, phases, tags.
    case entries(Shape, key: String, id: EntryID)
    /// Objects in an order, which have neither.
    case list(Shape)
    /// An object whose members are not known beforehand; with a reference, the names of the members are its tokens.
    case map(key: Reference?, value: FieldType)
    /// The properties of a step or an action: strings and secrets, some of them references by their key
    /// (`PropertyReference`).
    case properties
    /// The value of a variable: what it is follows from the member `Type` beside it.
    case variableValue
    /// The default or the value of a template parameter: what it is follows from the control type.
    case parameterDefault
    /// JSON that is kept as it is.
    case opaque
}

/// How an entry of a list gets its id.
public enum EntryID: Sendable, Hashable {
    /// A new UUID when none is given.
    case uuid
    /// `TagSets-1/Tags-4`.
    case tag
    /// Entries have no id.
    case none
}

extension FieldType {
    public static var name: FieldType { .string(maxLength: 200) }
    public static var line: FieldType { .string(maxLength: 2_000) }
    public static var count: FieldType { .int(0...Int(Int32.max)) }

    public static func reference(to target: KindName, required: Bool = false) -> FieldType {
        .reference(Reference(to: target, isRequired: required))
    }

    /// Ids whose order means nothing.
    public static func references(
        to target: KindName,
        required: Bool = false,
        emptyMeansAll: Bool = false,
        excludes: Bool = false
    ) -> FieldType {
        .reference(
            Reference(
                to: target,
                format: .list,
                isRequired: required,
                emptyMeansAll: emptyMeansAll,
                excludes: excludes
            )
        )
    }

    public static func tags(emptyMeansAll: Bool = false) -> FieldType {
        .reference(Reference(to: .tags, form: .canonicalTag, format: .list, emptyMeansAll: emptyMeansAll))
    }

    /// The value of an absent field without a default of its own.
    public var emptyValue: JSON {
        switch self {
        case .bool: false
        case .int(let range): .int(max(0, range.lowerBound))
        case .choice(let values): JSON(values.first)
        case .names, .strings, .entries, .list: []
        case .reference(let reference):
            switch reference.format {
            case .list, .orderedList: []
            case .single, .commaList, .embeddedJSON: nil
            }
        case .secret: FieldType.noSecret
        case .propertyValue, .parameterDefault: ""
        case .object(let shape): shape.emptyValue
        case .map, .properties: [:]
        case .string, .text, .timestamp, .timeSpan, .optionalObject, .variableValue, .opaque: nil
        }
    }

    /// What stands in a document for a secret that exists, and for one that does not.
    public static let storedSecret: JSON = ["HasValue": true, "NewValue": nil, "Hint": nil]
    public static let noSecret: JSON = ["HasValue": false, "NewValue": nil, "Hint": nil]
}

extension Shape {
    /// The object in which nothing was given.
    public var emptyValue: JSON {
        isSparse ? [:] : .object(JSONObject(fields.map { ($0.name, $0.emptyValue) }))
    }
}
