public import Catalog
import Crypto

/// A value as it was at the last sync: in full when it is short, else its digest.
///
/// Being able to show the base matters only for what a person can read; a script of several hundred kilobytes would
/// only make the state file large.
public enum ValueStamp: Sendable, Hashable {
    /// No agreement was ever reached about this field.
    case none
    case text(JSON)
    case digest(String)

    static let longestText = 512

    public init(_ value: JSON) {
        switch value {
        case .null: self = .text(value)
        case .string(let text) where text.utf8.count <= Self.longestText: self = .text(value)
        default:
            let bytes = value.canonicalBytes
            self = bytes.count <= Self.longestText ? .text(value) : .digest(Self.hash(bytes))
        }
    }

    public func matches(_ value: JSON) -> Bool {
        switch self {
        case .none: false
        case .text(let text): text.isExactly(value)
        case .digest: self == ValueStamp(value)
        }
    }

    /// The same, to the byte.
    func isExactly(_ other: ValueStamp) -> Bool {
        switch (self, other) {
        case (.text(let left), .text(let right)): left.isExactly(right)
        default: self == other
        }
    }

    /// What to show as the base of a conflict; null when there is none or it was too long to keep.
    public var shown: JSON {
        if case .text(let value) = self { value } else { .null }
    }

    static func hash(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: SHA256.hash(data: bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }
}

/// One side of a link: the fields of a value when both sides last agreed about it.
public struct VariableFields: Sendable, Hashable {
    public var name: String
    public var type: String
    public var value: ValueStamp
    public var scope: VariableScope
    public var description: ValueStamp
    public var prompt: ValueStamp

    public init(_ value: VariableValue) {
        name = value.name
        type = value.type
        self.value = ValueStamp(value.isSensitive ? .null : value.value)
        scope = value.scope
        description = ValueStamp(.string(value.description))
        prompt = ValueStamp(value.prompt)
    }

    init(
        name: String,
        type: String,
        value: ValueStamp,
        scope: VariableScope,
        description: ValueStamp,
        prompt: ValueStamp
    ) {
        self.name = name
        self.type = type
        self.value = value
        self.scope = scope
        self.description = description
        self.prompt = prompt
    }
}

/// How a link came to be.
public enum LinkOrigin: String, Sendable, Hashable, CaseIterable { case exact, partial, stripped, placeholder, adopted }

/// The memory that a source value and a destination value are the same one.
public struct VariableLink: Sendable, Hashable {
    public var sourceID: String
    public var destinationID: String
    /// With the scope in the source's terms.
    public var source: VariableFields
    /// The source scope in the destination's terms.
    public var mappedScope: VariableScope
    public var destination: VariableFields
    public var origin: LinkOrigin
    /// The destination has taken this value over: it is never written again until it thaws.
    public var isFrozen: Bool
}

/// The memory that a source value was looked at and left out. It is not looked at again until itself, the policy or
/// what exists at the destination changes.
public struct DeclinedValue: Sendable, Hashable {
    public var sourceID: String
    public var reason: VariableReason
    /// Of name, type, value and scope.
    public var fingerprint: String
    public var policyDigest: String
    public var availabilityDigest: String

    /// Not secret: the value of a sensitive variable is not known to begin with.
    static func fingerprint(of value: VariableValue) -> String {
        ValueStamp.hash(
            JSON.array([.string(value.name), .string(value.type), value.value, value.scope.json]).canonicalBytes
        )
    }
}

/// What is remembered about one variable set between two syncs: exactly one record per source value.
public struct VariableBase: Sendable, Hashable {
    public var links: [VariableLink]
    public var declined: [DeclinedValue]
    /// True until the set was matched once: then what both sides already have may be paired by likeness.
    public var isAdopting: Bool

    public init(links: [VariableLink] = [], declined: [DeclinedValue] = [], isAdopting: Bool = true) {
        self.links = links
        self.declined = declined
        self.isAdopting = isAdopting
    }
}

extension VariableBase {
    /// Whether there is nothing new to remember. Equal texts may still have other bytes, which would be a change.
    func isExactly(_ other: VariableBase) -> Bool {
        self == other
            && zip(links, other.links).allSatisfy {
                $0.source.isExactly($1.source) && $0.destination.isExactly($1.destination)
            }
    }
}

extension VariableFields {
    fileprivate func isExactly(_ other: VariableFields) -> Bool {
        value.isExactly(other.value) && description.isExactly(other.description) && prompt.isExactly(other.prompt)
    }
}
