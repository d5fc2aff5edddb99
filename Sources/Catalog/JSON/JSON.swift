/// A JSON value that keeps everything it was given.
///
/// Documents are values of this type from the socket to the database, so that fields which Skerry does not know
/// survive a round trip. Object members keep their order; numbers that do not fit an `Int` keep their text.
/// Two values are equal when they mean the same: the order of object members does not count, the order of array
/// elements does.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    /// A number that is not an `Int`, as the text that was read (`1.50`, `1e9`, `92233720368547758080`).
    case decimal(String)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

extension JSON {
    public var isNull: Bool { self == .null }

    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    public var intValue: Int? {
        if case .int(let value) = self { value } else { nil }
    }

    public var doubleValue: Double? {
        switch self {
        case .int(let value): Double(value)
        case .decimal(let text): Double(text)
        default: nil
        }
    }

    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var arrayValue: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The strings of an array of strings; elements of other types are left out.
    public var stringsValue: [String] { arrayValue?.compactMap(\.stringValue) ?? [] }

    /// A member of an object; nil when this is no object or has no such member.
    ///
    /// Writing to a value that is no object turns it into one; writing nil removes the member.
    public subscript(key: String) -> JSON? {
        get {
            if case .object(let object) = self { object[key] } else { nil }
        }
        set {
            var object = objectValue ?? JSONObject()
            // Let go of the old value first, so that the change happens in place.
            self = .null
            object[key] = newValue
            self = .object(object)
        }
    }

    /// An element of an array; nil when this is no array or is shorter. Writing outside of it changes nothing.
    public subscript(index: Int) -> JSON? {
        get {
            if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil }
        }
        set {
            guard case .array(var elements) = self, elements.indices.contains(index), let newValue else { return }
            self = .null
            elements[index] = newValue
            self = .array(elements)
        }
    }

    /// What a person would call this type of value in an error message.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int, .decimal: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
    public init(nilLiteral: ()) { self = .null }

    /// A string, or null for nil.
    public init(_ value: String?) { self = value.map(JSON.string) ?? .null }

    public init(_ values: [String]) { self = .array(values.map(JSON.string)) }
}
