/// A value bound to a placeholder of a statement.
public enum SQLValue: Sendable, Hashable {
    case null
    case int(Int)
    case text(String)
    /// Text that is already UTF-8 (a document's body): stored as text, not as a blob.
    case utf8([UInt8])
    case blob([UInt8])

    /// Text, or null for nil.
    public static func optionalText(_ value: String?) -> SQLValue { value.map(SQLValue.text) ?? .null }

    /// A number, or null for nil.
    public static func optionalInt(_ value: Int?) -> SQLValue { value.map(SQLValue.int) ?? .null }

    /// Text, or the empty text for nil: the columns that are part of a key hold no nulls.
    static func textOrEmpty(_ value: String?) -> SQLValue { .text(value ?? "") }
}

/// One row of a result, valid only inside the closure that it was given to. Columns count from 0.
public protocol SQLRow {
    func isNull(_ column: Int) -> Bool
    /// The number in a column; 0 for null.
    func int(_ column: Int) -> Int
    /// The text in a column; empty for null.
    func text(_ column: Int) -> String
    /// The bytes of a text or blob column without a copy; they must not leave the closure.
    func withBytes<T>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T
}

extension SQLRow {
    /// A copy of the bytes of a text or blob column.
    public func bytes(_ column: Int) -> [UInt8] { withBytes(column) { [UInt8]($0) } }

    public func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

    public func optionalInt(_ column: Int) -> Int? { isNull(column) ? nil : int(column) }

    /// The text of a key column, where the empty text stands for "none".
    func textUnlessEmpty(_ column: Int) -> String? {
        let value = text(column)
        return value.isEmpty ? nil : value
    }
}
