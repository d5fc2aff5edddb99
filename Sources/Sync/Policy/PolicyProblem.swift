/// Something in a policy file that cannot be accepted, and where.
public struct PolicyProblem: Sendable, Hashable, CustomStringConvertible {
    /// From 1; 0 where the file as a whole is meant.
    public var line: Int
    /// `variables.overwrite`; empty for the file as a whole.
    public var path: String
    public var message: String

    public var description: String {
        let place = [line > 0 ? "line \(line)" : nil, path.isEmpty ? nil : path].compactMap { $0 }
        return place.isEmpty ? message : "\(place.joined(separator: ", ")): \(message)"
    }
}

/// All problems of a policy file at once, so that one edit can mend them.
public struct PolicyError: Error, Sendable, Hashable, CustomStringConvertible {
    public var problems: [PolicyProblem]
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
