import Catalog

// Short ways to ask an unchecked body, in which any member may be absent or of another type.
extension JSON {
    /// True when there is no such member, or it is null.
    func isAbsent(_ key: String) -> Bool { self[key].map(\.isNull) ?? true }

    /// The text of a string member without white space around it; nil when that leaves nothing.
    func text(_ key: String) -> String? {
        guard let text = self[key]?.stringValue?.trimmingSpaces, !text.isEmpty else { return nil }
        return text
    }

    func flag(_ key: String) -> Bool { self[key]?.boolValue ?? false }

    func strings(_ key: String) -> [String] { self[key]?.stringsValue ?? [] }

    /// The member, or null.
    func member(_ key: String) -> JSON { self[key] ?? .null }

    /// True when a secret member holds a value, or is given one.
    func hasSecret(_ key: String) -> Bool {
        guard let secret = self[key]?.objectValue else { return false }
        return secret["HasValue"] == true || secret["NewValue"]?.stringValue?.isEmpty == false
    }

    mutating func setIfAbsent(_ key: String, _ value: JSON) {
        if isAbsent(key) { self[key] = value }
    }

    /// Sets the members of another object; members that only this one has stay.
    mutating func merge(_ other: JSON) {
        for (key, value) in other.objectValue ?? [:] { self[key] = value }
    }

    /// Sets members to values that only the server decides: the old ones, or those of a new document.
    mutating func keep(_ defaults: JSONObject, from old: JSON?) {
        for (key, value) in defaults { self[key] = old?[key] ?? value }
    }
}
