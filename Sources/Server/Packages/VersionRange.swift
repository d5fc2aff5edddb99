import Catalog

/// Which versions a rule takes: `1.0` (this or newer), `[1.0]`, `[1.0,2.0)`, `(,2.0]`.
struct VersionRange: Sendable {
    private var lower: PackageVersion?
    private var includesLower = true
    private var upper: PackageVersion?
    private var includesUpper = true

    /// - Returns: nil for a text that is no range.
    init?(_ text: String) {
        let text = text.trimmingSpaces
        guard let first = text.first, let last = text.last else { return nil }
        guard first == "[" || first == "(" else {
            guard let version = PackageVersion(text) else { return nil }
            lower = version
            return
        }
        guard last == "]" || last == ")" else { return nil }
        let ends = text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
            .map(\.trimmingSpaces)
        guard (1...2).contains(ends.count), ends.contains(where: { !$0.isEmpty }) else { return nil }
        includesLower = first == "["
        includesUpper = last == "]"
        for (end, path) in zip(ends, [\VersionRange.lower, \VersionRange.upper]) where !end.isEmpty {
            guard let version = PackageVersion(end) else { return nil }
            self[keyPath: path] = version
        }
        if ends.count == 1 {
            guard includesLower, includesUpper else { return nil }
            upper = lower
        }
    }

    func contains(_ version: PackageVersion) -> Bool {
        if let lower, includesLower ? version < lower : version <= lower { return false }
        if let upper, includesUpper ? version > upper : version >= upper { return false }
        return true
    }
}
