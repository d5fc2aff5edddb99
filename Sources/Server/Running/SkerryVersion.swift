/// What this server says that it is.
public enum SkerryVersion {
    /// Year, month, patch: clients compare it with the versions of the API that they know, so it must not be lower
    /// than what the API here offers (2025.4).
    public static let current = "2026.1.0"
    /// The version of the protocol that clients check when they connect.
    static let api = "3.0.0"
}
