/// A key that opens a server. It can be sent; it cannot be printed, logged or compared by accident.
public struct APIKey: Sendable {
    let text: String

    /// - Throws: `APIError.badKey` for a key that cannot be one: empty, or with white space or control characters in it.
    public init(_ text: String, from origin: String) throws(APIError) {
        let trimmed = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        let key = String(trimmed)
        guard !key.isEmpty else { throw .badKey("\(origin) holds no API key: it is empty") }
        guard key.utf8.count <= 500, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .badKey("\(origin) holds no API key: a key is one word of at most 500 visible ASCII characters")
        }
        self.text = key
    }

    /// Tells one key from another, where `hash` lets nobody find the key.
    public func mark(hashedBy hash: ([UInt8]) -> String) -> String { hash(Array(text.utf8)) }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(API key)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
