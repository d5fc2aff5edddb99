public import Catalog

/// One value of a variable in a set: a variable with three differently scoped values is three of these.
public struct VariableValue: Sendable, Hashable {
    /// The id on its server; empty for a value that the server has yet to store.
    public var id: String
    public var name: String
    /// `String`, `Sensitive`, `Certificate`, `WorkerPool` or an account type.
    public var type: String
    /// A string, a reference in normal form (`{"ref","key"}`) or null. Always null for a sensitive value.
    public var value: JSON
    public var scope: VariableScope
    public var description: String
    /// What a person is asked at deployment time; null when nothing is asked.
    public var prompt: JSON
    public var isEditable: Bool
    /// Whether the server holds a secret for this value; nil when it does not tell. Means nothing for other types.
    public var hasSecret: Bool?

    public init(
        id: String,
        name: String,
        type: String = VariableType.string,
        value: JSON,
        scope: VariableScope = .unrestricted,
        description: String = "",
        prompt: JSON = .null,
        isEditable: Bool = true,
        hasSecret: Bool? = nil
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.value = value
        self.scope = scope
        self.description = description
        self.prompt = prompt
        self.isEditable = isEditable
        self.hasSecret = hasSecret
    }

    public var isSensitive: Bool { type == VariableType.sensitive }
}

/// The variable types that matching treats specially; all others are references to documents.
public enum VariableType {
    public static let string = "String"
    public static let sensitive = "Sensitive"
    public static let certificate = "Certificate"
    public static let workerPool = "WorkerPool"

    static func isReference(_ type: String) -> Bool { type != string && type != sensitive }
}

/// How variable names compare: without regard to case, to blanks around them and to Unicode composition.
public enum VariableName {
    /// Equal for names that mean the same variable.
    public static func fold(_ name: String) -> String {
        var name = name
        if let plain = name.withUTF8(foldedASCII) { return plain }
        let trimmed = name.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        // Upper case first: it unites letters that have two lower-case forms. String compares canonically.
        return String(trimmed).uppercased().lowercased()
    }

    /// Nearly all names are plain ASCII, and a set may have ten thousand of them.
    private static func foldedASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(unsafeUninitializedCapacity: last - first + 1) { buffer in
            for index in first...last {
                let byte = bytes[index]
                buffer[index - first] = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            }
            return last - first + 1
        }
    }
}

extension JSON {
    /// Equal to the byte. `==` on strings is canonical equivalence, which would lose a change from a composed to a
    /// decomposed letter.
    func isExactly(_ other: JSON) -> Bool {
        switch (self, other) {
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.null, .null): true
        case (.object, .object), (.array, .array): canonicalBytes == other.canonicalBytes
        default: self == other
        }
    }
}

extension String {
    /// Swift compares canonically; this compares what is stored.
    func hasSameBytes(as other: String) -> Bool {
        let answer = utf8.withContiguousStorageIfAvailable { mine in
            other.utf8.withContiguousStorageIfAvailable { theirs in
                mine.count == theirs.count && mine.elementsEqual(theirs)
            }
        }
        return (answer ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}
