/// A text in the configuration language in which projects are kept in Git repositories: attributes and blocks.
///
/// Source: section 6.5 of the REST contract.
public struct OCLBody: Sendable, Hashable {
    public var attributes: [OCLAttribute]
    public var blocks: [OCLBlock]

    public init(attributes: [OCLAttribute] = [], blocks: [OCLBlock] = []) {
        self.attributes = attributes
        self.blocks = blocks
    }

    /// The value of the attribute with this name.
    public subscript(name: String) -> OCLValue? { attributes.first { $0.name == name }?.value }
}

/// `name = value`
public struct OCLAttribute: Sendable, Hashable {
    public var name: String
    public var value: OCLValue

    public init(_ name: String, _ value: OCLValue) {
        self.name = name
        self.value = value
    }
}

/// `name "label" { … }`
public struct OCLBlock: Sendable, Hashable {
    public var name: String
    public var label: String?
    public var body: OCLBody

    public init(_ name: String, label: String? = nil, _ body: OCLBody = OCLBody()) {
        self.name = name
        self.label = label
        self.body = body
    }
}

public enum OCLValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    /// A number that is no `Int`, as the text that was read.
    case decimal(String)
    case string(String)
    /// Values that are neither arrays nor dictionaries.
    case array([OCLValue])
    /// Keys are unique; values are neither arrays nor dictionaries.
    case dictionary([OCLAttribute])

    /// What a person would call this in an error message.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .int, .decimal: "a number"
        case .string: "a string"
        case .array: "an array"
        case .dictionary: "a dictionary"
        }
    }
}

/// How much of a text is accepted. Repositories are written by others.
public struct OCLLimits: Sendable {
    /// Bytes of the whole text.
    public var bytes: Int
    /// Blocks inside one another.
    public var depth: Int
    /// Attributes, blocks and values in the whole text.
    public var items: Int

    public init(bytes: Int = 4 << 20, depth: Int = 16, items: Int = 200_000) {
        self.bytes = bytes
        self.depth = depth
        self.items = items
    }

    public static let standard = OCLLimits()
}

/// Why a text is not accepted, and where; or why a value cannot be written.
public struct OCLError: Error, Sendable, Hashable, CustomStringConvertible {
    public var message: String
    /// Both count from 1, the column counts bytes; nil for what is being written.
    public var line: Int?
    public var column: Int?

    public init(_ message: String, line: Int? = nil, column: Int? = nil) {
        self.message = message
        self.line = line
        self.column = column
    }

    public var description: String {
        guard let line, let column else { return message }
        return "line \(line), column \(column): \(message)"
    }
}
