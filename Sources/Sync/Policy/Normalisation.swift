public import Catalog

/// What a server makes of one field of what it is sent, learned from a run and approved by a person (E-106): a value
/// that differs from the stored one in that way only is the stored one.
public struct Normalisation: Sendable, Hashable {
    public enum Form: String, Sendable, Hashable, CaseIterable {
        /// Blanks around a text are dropped.
        case trimmed
        /// Ends of lines are written in one way.
        case lineEndings
        /// Capital letters are not kept.
        case caseless
        /// The order of a list is the server's.
        case unordered
        /// What is empty is filled in.
        case filled

        /// Whether a value becomes another by being stored.
        public func makes(_ sent: JSON, _ stored: JSON) -> Bool {
            if sent == stored { return true }
            switch self {
            case .trimmed: return isSame(sent, stored) { EntityKey.trimmed($0) }
            case .lineEndings:
                return isSame(sent, stored) { text in
                    text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
                }
            case .caseless: return isSame(sent, stored) { $0.lowercased() }
            case .unordered:
                guard case .array(let left) = sent, case .array(let right) = stored, left.count == right.count else {
                    return false
                }
                let bytes = { (list: [JSON]) in
                    list.map(\.canonicalBytes).sorted { $0.lexicographicallyPrecedes($1) }
                }
                return bytes(left) == bytes(right)
            case .filled:
                switch sent {
                case .null: return true
                case .string(let text): return text.isEmpty && stored.stringValue != nil
                case .array(let list): return list.isEmpty && stored.arrayValue != nil
                case .object(let object): return object.isEmpty && stored.objectValue != nil
                case .bool, .int, .decimal: return false
                }
            }
        }

        private func isSame(_ left: JSON, _ right: JSON, _ form: (String) -> String) -> Bool {
            guard let left = left.stringValue, let right = right.stringValue else { return false }
            return form(left) == form(right)
        }
    }

    /// Policy key of a type: `projects`.
    public var kind: String
    /// From the field on; `*` stands for any element: `Steps`, `*`, `Actions`, `*`, `Properties`, `Some.Name`.
    public var path: [String]
    public var form: Form
    public var line = 0

    public init(kind: String, path: [String], form: Form) {
        self.kind = kind
        self.path = path
        self.form = form
    }

    /// As the policy writes it: `processes.Steps/*/Actions/*/Properties/Some.Name`
    public var key: String { "\(kind).\(path.joined(separator: "/"))" }

    /// The value of the field as the server keeps it, as far as that is known.
    ///
    /// - Parameters:
    ///   - value: of the field with which the path begins.
    ///   - stored: what the server has there.
    func applied(to value: JSON, stored: JSON) -> JSON { Self.applied(path.dropFirst(), form, value, stored) }

    private static func applied(_ path: ArraySlice<String>, _ form: Form, _ value: JSON, _ stored: JSON) -> JSON {
        guard let name = path.first else { return form.makes(value, stored) ? stored : value }
        let rest = path.dropFirst()
        switch (value, stored) {
        case (.array(let elements), .array(let others)) where name == "*":
            return .array(
                elements.enumerated().map { position, element in
                    guard let other = counterpart(of: element, at: position, in: others) else { return element }
                    return applied(rest, form, element, other)
                }
            )
        case (.object(var object), .object(let other)):
            for (key, present) in other where name == "*" || key == name {
                guard object[key] != nil || form == .filled else { continue }
                object[key] = applied(rest, form, object[key] ?? .null, present)
            }
            return .object(object)
        default: return value
        }
    }

    /// What has names goes by them.
    private static func counterpart(of element: JSON, at position: Int, in others: [JSON]) -> JSON? {
        guard let name = element["Name"]?.stringValue.map(EntityKey.folded) else {
            return others.indices.contains(position) ? others[position] : JSON?.none
        }
        return others.first { $0["Name"]?.stringValue.map(EntityKey.folded) == name }
    }
}
