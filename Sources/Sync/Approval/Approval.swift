public import Catalog
import Crypto
import Foundation

/// A person's signed word that a plan, or a part of it, may be applied.
///
/// It is about the content of operations, not about a file: it stays good for those operations of a newer plan whose
/// content is the same, and for no other. It stands in the plan file outside the hashed body.
public struct Approval: Sendable, Hashable {
    public static let format = "skerry.approval/v1"

    /// The approver's public key, `ed25519:` and base64.
    public var key: String
    /// RFC 3339.
    public var at: String
    public var expiresAt: String
    /// The plan that the approver looked at.
    public var planID: String
    /// The pair of spaces, so that the same words between two others mean nothing.
    public var pair: String
    /// `type/name` patterns as the approver gave them; empty for all of the plan.
    public var scope: [String]
    /// Content hashes of the approved operations (`Operation.contentHash`).
    public var operations: [String]
    /// Deletions that the approver named one by one, as `type/name`.
    public var deletions: [String]
    /// Base64 of the Ed25519 signature over everything else.
    public var signature: String

    /// Approves what of a plan matches the scope.
    ///
    /// - Parameters:
    ///   - scope: `type/name` patterns; empty for everything.
    ///   - deletions: `type/name` of environments, tenants and projects whose deletion is meant.
    public init(
        of file: PlanFile,
        scope: [String],
        deletions: [String],
        at time: String,
        until: String,
        key: ApprovalKey
    ) throws {
        self.key = key.publicText
        at = time
        expiresAt = until
        planID = file.planID
        pair = Self.pair(of: file.plan)
        self.scope = scope
        self.deletions = deletions
        let patterns = scope.map(NamePattern.init)
        operations = file.plan.operations.filter { operation in
            patterns.isEmpty || patterns.contains { $0.matches(operation.key.description) }
        }.map(\.contentHash).sorted()
        signature = ""
        signature = try key.signature(of: statement.canonicalBytes)
    }

    /// The signed part.
    private var statement: JSON {
        [
            "format": .string(Self.format), "key": .string(key), "at": .string(at), "expiresAt": .string(expiresAt),
            "planId": .string(planID), "pair": .string(pair), "scope": JSON(scope), "operations": JSON(operations),
            "deletions": JSON(deletions),
        ]
    }

    public var json: JSON {
        var json = statement
        json["signature"] = .string(signature)
        return json
    }

    public init?(json: JSON) {
        guard json["format"] == .string(Self.format), let key = json["key"]?.stringValue,
            let at = json["at"]?.stringValue, let expiresAt = json["expiresAt"]?.stringValue,
            let planID = json["planId"]?.stringValue, let pair = json["pair"]?.stringValue,
            let scope = json["scope"]?.stringsValue, let operations = json["operations"]?.stringsValue,
            let deletions = json["deletions"]?.stringsValue, let signature = json["signature"]?.stringValue
        else { return nil }
        self.key = key
        self.at = at
        self.expiresAt = expiresAt
        self.planID = planID
        self.pair = pair
        self.scope = scope
        self.operations = operations
        self.deletions = deletions
        self.signature = signature
    }

    /// Signed by the key that it names, and about this pair of spaces.
    public func isGenuine(for plan: Plan) -> Bool {
        guard pair == Self.pair(of: plan), let key = ApprovalKey.publicKey(key),
            let signature = Data(base64Encoded: signature)
        else { return false }
        return key.isValidSignature(signature, for: Data(statement.canonicalBytes))
    }

    private static func pair(of plan: Plan) -> String {
        [plan.source, plan.destination].map { "\($0.installationID)/\($0.spaceID)" }.joined(separator: " → ")
    }
}

/// The secret half of an approver's key.
public struct ApprovalKey: Sendable {
    static let prefix = "ed25519:"
    private let key: Curve25519.Signing.PrivateKey

    public init() { key = Curve25519.Signing.PrivateKey() }

    /// Nil for a text that is no such key.
    public init?(secretText: String) {
        let text = secretText.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.hasPrefix(Self.secretPrefix), let data = Data(base64Encoded: String(text.dropFirst(19))),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: data)
        else { return nil }
        self.key = key
    }

    private static let secretPrefix = "skerry-approve-key:"

    /// What the key file holds; whoever has it can approve.
    public var secretText: String { Self.secretPrefix + key.rawRepresentation.base64EncodedString() }

    /// What the policy names: `ed25519:` and base64.
    public var publicText: String { Self.prefix + key.publicKey.rawRepresentation.base64EncodedString() }

    func signature(of bytes: [UInt8]) throws -> String {
        try key.signature(for: Data(bytes)).base64EncodedString()
    }

    static func publicKey(_ text: String) -> Curve25519.Signing.PublicKey? {
        guard text.hasPrefix(prefix), let data = Data(base64Encoded: String(text.dropFirst(prefix.count))) else {
            return nil
        }
        return try? Curve25519.Signing.PublicKey(rawRepresentation: data)
    }

    /// A text that a policy may name as a key.
    public static func isPublicText(_ text: String) -> Bool { publicKey(text) != nil }
}
