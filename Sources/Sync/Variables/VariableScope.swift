public import Catalog

/// What a variable value is restricted to: names per dimension.
///
/// A dimension that is not listed does not restrict, so an empty list and no list are the same and only the latter is
/// kept. Names are opaque tokens, compared as they are; the caller decides how it folds them. Dimensions and names are
/// kept sorted, so that equal scopes look equal wherever they are printed, hashed or stored.
public struct VariableScope: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public let dimension: ScopeDimension
        /// Sorted, without duplicates, never empty.
        public let names: [String]
    }

    public private(set) var entries: [Entry] = []

    public static let unrestricted = VariableScope()

    public init() {}

    public init(_ names: [ScopeDimension: [String]]) {
        for dimension in names.keys.sorted() {
            guard let sorted = Self.sorted(names[dimension] ?? []) else { continue }
            entries.append(Entry(dimension: dimension, names: sorted))
        }
    }

    public init(_ names: [ScopeDimension: Set<String>]) { self.init(names.mapValues(Array.init)) }

    public var isEmpty: Bool { entries.isEmpty }
    public var dimensions: [ScopeDimension] { entries.map(\.dimension) }

    /// The names of a dimension, sorted; empty when the dimension does not restrict.
    public subscript(dimension: ScopeDimension) -> [String] {
        get { entries.first { $0.dimension == dimension }?.names ?? [] }
        set {
            entries.removeAll { $0.dimension == dimension }
            guard let names = Self.sorted(newValue) else { return }
            let place = entries.firstIndex { dimension < $0.dimension } ?? entries.count
            entries.insert(Entry(dimension: dimension, names: names), at: place)
        }
    }

    public func restricts(_ dimension: ScopeDimension) -> Bool { entries.contains { $0.dimension == dimension } }

    private static func sorted(_ names: [String]) -> [String]? {
        if names.count < 2 { return names.isEmpty ? nil : names }
        return Set(names).sorted()
    }
}

extension VariableScope: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (ScopeDimension, [String])...) {
        self.init(Dictionary(elements, uniquingKeysWith: { $0 + $1 }))
    }
}

extension VariableScope: CustomStringConvertible {
    public var description: String {
        isEmpty
            ? "unscoped"
            : entries.map { "\($0.dimension)=\($0.names.joined(separator: ","))" }.joined(separator: " ")
    }
}

extension VariableScope {
    /// An object with a list of names per wire key.
    public var json: JSON {
        .object(JSONObject(entries.map { ($0.dimension.rawValue, JSON($0.names)) }))
    }

    /// Reads what `json` writes; nil when it is no object of lists of strings.
    public init?(json: JSON) {
        guard let members = json.objectValue else { return nil }
        var names: [ScopeDimension: [String]] = [:]
        for (key, value) in members {
            guard let list = value.arrayValue, list.allSatisfy({ $0.stringValue != nil }) else { return nil }
            names[ScopeDimension(rawValue: key)] = value.stringsValue
        }
        self.init(names)
    }
}
