/// A release of the API: year and number. `2025.3` of `2025.3.13969`.
public struct APIRelease: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var year: Int
    public var number: Int

    public init(_ year: Int, _ number: Int) {
        self.year = year
        self.number = number
    }

    /// Nil for a text that begins with no two numbers.
    public init?(_ version: String) {
        let parts = version.split(separator: ".").prefix(2).compactMap { Int($0) }
        guard parts.count == 2 else { return nil }
        self.init(parts[0], parts[1])
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.year, left.number) < (right.year, right.number)
    }

    public var description: String { "\(year).\(number)" }
}

/// One difference between two releases of the API, as data: servers of another release read and write documents in
/// another form, and refuse or lose what they do not know (S-37, S-39).
public struct SchemaChange: Sendable, Hashable {
    public enum Change: Sendable, Hashable {
        /// Servers before `since` do not know the field. Read from one of them, it has this value.
        case added(field: String, standard: JSON)
        /// Servers from `since` on do not know the field. Older ones get this value.
        case dropped(field: String, filling: JSON)
        /// Servers before `since` call it otherwise.
        case renamed(from: String, to: String)
        /// Servers before `since` do not know this value of the field; nil where nothing else means the same there.
        case word(field: String, value: String, before: String?)
    }

    public var kind: KindName
    /// The first release of the new form.
    public var since: APIRelease
    /// The way to the object that holds the field; `*` is every element of a list or every member of an object.
    public var path: [String]
    public var change: Change

    public init(_ kind: KindName, since: APIRelease, at path: [String] = [], _ change: Change) {
        self.kind = kind
        self.since = since
        self.path = path
        self.change = change
    }

    /// The differences that are known. To add one is to add its line.
    public static let known: [SchemaChange] =
        retention(["ReleaseRetentionPolicy"])
        + retention(["TentacleRetentionPolicy"]) + retention(["Phases", "*", "ReleaseRetentionPolicy"])
        + retention(["Phases", "*", "TentacleRetentionPolicy"])

    /// Retention got a strategy, and with it the space's own default, which older servers would take for "for ever".
    private static func retention(_ path: [String]) -> [SchemaChange] {
        let since = APIRelease(2025, 3)
        return [
            SchemaChange(.lifecycles, since: since, at: path, .word(field: "Strategy", value: "Default", before: nil)),
            SchemaChange(.lifecycles, since: since, at: path, .added(field: "Strategy", standard: .null)),
        ]
    }
}

extension SchemaChange {
    /// From a file of further differences: `{"kind": "projects", "since": "2026.1", "path": [], "added": "Field",
    /// "standard": …}`, with `dropped` and `filling`, `renamed` and `to`, or `field`, `word` and `before` likewise.
    public init?(json: JSON) {
        guard let kind = json["kind"]?.stringValue, let since = json["since"]?.stringValue.flatMap(APIRelease.init)
        else { return nil }
        let change: Change
        if let field = json["added"]?.stringValue {
            change = .added(field: field, standard: json["standard"] ?? .null)
        } else if let field = json["dropped"]?.stringValue {
            change = .dropped(field: field, filling: json["filling"] ?? .null)
        } else if let field = json["renamed"]?.stringValue, let new = json["to"]?.stringValue {
            change = .renamed(from: field, to: new)
        } else if let field = json["field"]?.stringValue, let word = json["word"]?.stringValue {
            change = .word(field: field, value: word, before: json["before"]?.stringValue)
        } else {
            return nil
        }
        self.init(KindName(kind), since: since, at: json["path"]?.stringsValue ?? [], change)
    }
}
