public import Catalog

/// One step on the way to a secret in a document. Normal form and the document that is sent have the same ways.
public enum SecretStep: Sendable, Hashable {
    case member(String)
    case index(Int)
}

/// Finds the secrets of a document in normal form by the paths that plans use.
public enum SecretTree {
    /// All places of secrets, set or not.
    public static func places(in body: JSON, kind: KindName) -> [(path: String, steps: [SecretStep], hasValue: Bool)] {
        if kind == .variableSets { return variables(in: body) }
        var result: [(String, [SecretStep], Bool)] = []
        walk(body, [], []) { result.append(($0.joined(separator: "/"), $1, $2)) }
        return result.map { (path: $0.0, steps: $0.1, hasValue: $0.2) }
    }

    public static func steps(to path: String, in body: JSON, kind: KindName) -> [SecretStep]? {
        places(in: body, kind: kind).first { $0.path == path }?.steps
    }

    private static func walk(
        _ value: JSON,
        _ path: [String],
        _ steps: [SecretStep],
        _ visit: ([String], [SecretStep], Bool) -> Void
    ) {
        switch value {
        case .array(let elements):
            for (position, element) in elements.enumerated() where element.isContainer {
                let name = element["Name"]?.stringValue ?? String(position)
                walk(element, path + [name], steps + [.index(position)], visit)
            }
        case .object(let object):
            if let hasValue = NormalSecret.hasValue(value) { return visit(path, steps, hasValue) }
            for (name, member) in object where member.isContainer {
                walk(member, path + [name], steps + [.member(name)], visit)
            }
        default: break
        }
    }

    private static func variables(in body: JSON) -> [(path: String, steps: [SecretStep], hasValue: Bool)] {
        let rows = body["Variables"]?.arrayValue ?? []
        return zip(rows.indices, variablePaths(rows)).compactMap { index, path in
            guard rows[index]["Type"] == "Sensitive" else { return nil }
            let hasValue = rows[index]["Value"].flatMap(NormalSecret.hasValue) ?? false
            return (path, [.member("Variables"), .index(index), .member("Value")], hasValue)
        }
    }

    /// What plans call each row of a variable set: name and scope, and a number where both are the same.
    static func variablePaths(_ rows: [JSON]) -> [String] {
        var counts: [String: Int] = [:]
        return rows.map { row in
            var path = "Variables/\(row["Name"]?.stringValue ?? "")"
            let scope = (row["Scope"]?.objectValue ?? [:]).filter { $0.value.arrayValue?.isEmpty == false }
                .sorted { $0.key < $1.key }
                .map { $0.value.arrayValue?.map(ReviewText.inline).joined(separator: ", ") ?? "" }
            if !scope.isEmpty { path += " [\(scope.joined(separator: "; "))]" }
            let count = (counts[path] ?? 0) + 1
            counts[path] = count
            return count == 1 ? path : "\(path)#\(count)"
        }
    }
}

extension JSON {
    /// The value with another one at the end of a way; unchanged where there is no such way.
    public func setting(_ value: JSON, at steps: some Collection<SecretStep>) -> JSON {
        guard let first = steps.first else { return value }
        var result = self
        switch first {
        case .member(let name):
            guard let child = self[name] ?? (steps.count == 1 ? JSON?.some(.null) : JSON?.none) else { return self }
            result[name] = child.setting(value, at: steps.dropFirst())
        case .index(let index):
            guard let child = self[index] else { return self }
            result[index] = child.setting(value, at: steps.dropFirst())
        }
        return result
    }
}
