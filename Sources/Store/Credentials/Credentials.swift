public import Foundation

/// An API key as it is stored: its hash, never the key.
public struct APIKeyRecord: Sendable, Hashable {
    public var id: String
    public var userID: String
    /// A hash that needs no salt, because keys are long and random.
    public var hash: [UInt8]
    /// The first letters of the key, for people to know it by.
    public var hint: String
    public var purpose: String
    public var created: Date
    /// nil for never.
    public var expires: Date?

    public init(
        id: String,
        userID: String,
        hash: [UInt8],
        hint: String,
        purpose: String,
        created: Date,
        expires: Date? = nil
    ) {
        self.id = id
        self.userID = userID
        self.hash = hash
        self.hint = hint
        self.purpose = purpose
        self.created = created
        self.expires = expires
    }
}

/// A signed-in browser. Holds hashes of the token and of the CSRF token, never these.
public struct SessionRecord: Sendable, Hashable {
    public var tokenHash: [UInt8]
    public var userID: String
    public var csrfHash: [UInt8]
    public var created: Date
    public var expires: Date
    public var lastUsed: Date

    public init(
        tokenHash: [UInt8],
        userID: String,
        csrfHash: [UInt8],
        created: Date,
        expires: Date,
        lastUsed: Date
    ) {
        self.tokenHash = tokenHash
        self.userID = userID
        self.csrfHash = csrfHash
        self.created = created
        self.expires = expires
        self.lastUsed = lastUsed
    }
}

/// A small file that belongs to a document (a logo).
public struct Blob: Sendable, Hashable {
    public var contentType: String
    public var bytes: [UInt8]
    /// Changes with the bytes: a part of their SHA-256 in hexadecimal digits.
    public var etag: String

    /// The most bytes that a blob may have: 1 MiB.
    public static let limit = 1 << 20
}
