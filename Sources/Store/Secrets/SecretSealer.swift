/// Seals secrets before they reach the database.
public protocol SecretSealer: Sendable {
    /// Encrypts `plaintext` so that it can only be opened with the same `context`.
    func seal(_ plaintext: [UInt8], context: String) throws -> [UInt8]

    /// The plaintext of `sealed`.
    ///
    /// - Throws: ``SealError``.
    func open(_ sealed: [UInt8], context: String) throws -> [UInt8]
}

/// Why a sealed value cannot be opened.
public enum SealError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The master key has another length than 32 bytes.
    case badKeyLength(Int)
    case otherFormat
    /// Sealed with another master key.
    case otherKey
    /// Damaged, or sealed for another place.
    case notAuthentic

    public var description: String {
        switch self {
        case .badKeyLength(let count): "A master key has 32 bytes; this one has \(count)."
        case .otherFormat: "This is no value that Skerry sealed, or a newer Skerry sealed it."
        case .otherKey: "This value was sealed with another master key."
        case .notAuthentic: "This sealed value is damaged or belongs to another place."
        }
    }
}
