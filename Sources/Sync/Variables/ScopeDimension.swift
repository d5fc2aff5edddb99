/// One way in which a variable value can be restricted: to environments, channels, roles and so on.
///
/// The raw value is the key that the API uses in a scope (`Environment`, `Machine`); a key that Skerry does not know
/// round-trips as it is.
public struct ScopeDimension: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let environments = ScopeDimension(rawValue: "Environment")
    public static let channels = ScopeDimension(rawValue: "Channel")
    public static let processOwners = ScopeDimension(rawValue: "ProcessOwner")
    public static let steps = ScopeDimension(rawValue: "Action")
    public static let roles = ScopeDimension(rawValue: "Role")
    public static let targets = ScopeDimension(rawValue: "Machine")
    public static let tenantTags = ScopeDimension(rawValue: "TenantTag")

    /// The dimensions that Skerry knows, in the order in which people list them.
    public static let known: [ScopeDimension] = [
        .environments, .channels, .processOwners, .steps, .roles, .targets, .tenantTags,
    ]

    private static let policyKeys = [
        "environments", "channels", "processOwners", "steps", "roles", "targets", "tenantTags",
    ]

    /// The word that a policy file uses for this dimension; the wire key when there is no such word.
    public var policyKey: String {
        Self.known.firstIndex(of: self).map { Self.policyKeys[$0] } ?? rawValue
    }

    /// Nil when the policy language has no such word.
    public init?(policyKey: String) {
        guard let index = Self.policyKeys.firstIndex(of: policyKey) else { return nil }
        self = Self.known[index]
    }

    public var description: String { policyKey }

    public static func < (left: ScopeDimension, right: ScopeDimension) -> Bool { left.rawValue < right.rawValue }
}
