/// Who set a setting of a policy.
public enum PolicyOrigin: Sendable, Hashable {
    /// Nobody: it is as Skerry has it.
    case standard
    case preset(String)
    /// A line of the policy file, from 1.
    case line(Int)
}

extension PolicyOrigin: CustomStringConvertible {
    public var description: String {
        switch self {
        case .standard: "default"
        case .preset(let name): "preset \(name)"
        case .line(let line): "line \(line)"
        }
    }
}

extension Policy {
    /// Who set a setting; `.standard` when neither the file nor its preset names it.
    public func origin(of path: String) -> PolicyOrigin { origins[path] ?? .standard }

    /// What plans name as the reason of a decision: the setting, its value where given, and who set it.
    ///
    /// - Returns: `steps.extra: remove (line 12)`
    func rule(_ path: String, _ value: String = "") -> String {
        let text = value.isEmpty ? path : "\(path): \(value)"
        let origin = origin(of: path)
        return origin == .standard ? text : "\(text) (\(origin))"
    }
}
