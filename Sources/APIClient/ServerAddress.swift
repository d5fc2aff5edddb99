import Foundation

/// Where a server is: scheme, host, port and an optional virtual directory, without the `/api` that people may paste.
struct ServerAddress: Sendable, Hashable {
    /// `https://deploy.example.com/octopus`, never with a trailing slash.
    let base: String

    init(_ text: String) throws(APIError) {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard var parts = URLComponents(string: trimmed) else { throw .badURL(trimmed, problem: "it cannot be parsed") }
        guard parts.user == nil, parts.password == nil else {
            throw .badURL("(hidden)", problem: "it holds a user name or password; use an API key instead")
        }
        guard let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https" else {
            throw .badURL(trimmed, problem: "it does not begin with http:// or https://")
        }
        guard let host = parts.host, !host.isEmpty else { throw .badURL(trimmed, problem: "it names no host") }
        parts.scheme = scheme
        parts.query = nil
        parts.fragment = nil
        parts.path = Self.withoutAPI(parts.path)
        guard let base = parts.string else { throw .badURL(trimmed, problem: "it cannot be parsed") }
        self.base = base
    }

    /// `/octopus/api/Spaces-1` → `/octopus`, `/app` (the web portal) → ``.
    private static func withoutAPI(_ path: String) -> String {
        var segments = path.split(separator: "/").map(String.init)
        if let position = segments.lastIndex(where: { ["api", "app"].contains($0.lowercased()) }) {
            segments.removeSubrange(position...)
        }
        return segments.isEmpty ? "" : "/" + segments.joined(separator: "/")
    }
}
