/// A place in a document that names another document.
///
/// The value at the place holds zero or more *tokens*, each of which names one target. Where the tokens are is the
/// `format`; what a token says is the `form`.
public struct Reference: Sendable, Hashable {
    /// What a token says about its target.
    public enum Form: Sendable, Hashable {
        /// `Projects-12`. A token that holds `#{` is an expression and no reference.
        case id
        /// `Tag set name/Tag name`; old data may hold the tag's id instead.
        case canonicalTag
        /// The name of a part of the same owner (an action's name in a channel rule).
        case name
        /// The slug of a part of the same owner.
        case slug
        /// The id of a part of the same owner: an action, a template parameter.
        case partID
    }

    /// Where in the value the tokens are.
    public enum Format: Sendable, Hashable {
        /// The whole string.
        case single
        /// Each element of an array; the order means nothing.
        case list
        /// Each element of an array; the order means something.
        case orderedList
        /// The parts of a string between commas.
        case commaList
        /// The members of these names, at any depth of a JSON text inside the string.
        case embeddedJSON(members: [String])
    }

    /// The kinds that a token may name; the first is the usual one.
    public var targets: [KindName]
    public var form: Form
    public var format: Format
    /// A document without this reference is not valid.
    public var isRequired: Bool
    /// An empty list means "everything", so that dropping the last token would let the document apply to more than it
    /// did.
    public var emptyMeansAll: Bool
    /// The list excludes: dropping any token lets the document apply to more than it did.
    public var excludes: Bool

    public init(
        to targets: KindName...,
        form: Form = .id,
        format: Format = .single,
        isRequired: Bool = false,
        emptyMeansAll: Bool = false,
        excludes: Bool = false
    ) {
        self.targets = targets
        self.form = form
        self.format = format
        self.isRequired = isRequired
        self.emptyMeansAll = emptyMeansAll
        self.excludes = excludes
    }
}

extension Reference {
    /// The value names any number of targets.
    public var isMany: Bool {
        switch format {
        case .list, .orderedList, .commaList: true
        case .single, .embeddedJSON: false
        }
    }
}

extension KindName {
    // Parts of documents that references name. They are no documents of their own.
    public static let tags: KindName = "tags"
    public static let actions: KindName = "actions"
    public static let templateParameters: KindName = "templateparameters"
    // Documents that the catalog does not describe: the record of what was deployed.
    public static let releases: KindName = "releases"
    public static let snapshots: KindName = "snapshots"
    // Outside of Skerry: connections of extensions, directory groups.
    public static let external: KindName = "external"
}

extension Reference {
    /// The tokens in a value, in their order; expressions (`#{…}`), empty strings and nulls are not tokens.
    public func tokens(in value: JSON) -> [String] {
        switch format {
        case .single: value.stringValue.map { [$0] }?.filter(Self.isToken) ?? []
        case .list, .orderedList: value.stringsValue.filter(Self.isToken)
        case .commaList: Self.parts(of: value).filter(Self.isToken)
        case .embeddedJSON(let members): Self.embedded(value).map { Self.tokens(in: $0, members) } ?? []
        }
    }

    /// The value with each token replaced by what `replace` answers; nil drops the token.
    ///
    /// A dropped single token leaves null. Expressions stay as they are.
    public func replacingTokens(in value: JSON, _ replace: (String) throws -> String?) rethrows -> JSON {
        switch format {
        case .single:
            guard let token = value.stringValue, Self.isToken(token) else { return value }
            return JSON(try replace(token))
        case .list, .orderedList:
            guard case .array(let elements) = value else { return value }
            var seen = Set<JSON>()
            return .array(
                try elements.compactMap { element in
                    guard let token = element.stringValue, Self.isToken(token) else { return element }
                    return try replace(token).map(JSON.string)
                }.filter { seen.insert($0).inserted }
            )
        case .commaList:
            guard case .string = value else { return value }
            let parts = try Self.parts(of: value).compactMap { Self.isToken($0) ? try replace($0) : $0 }
            return .string(parts.joined(separator: ","))
        case .embeddedJSON(let members):
            guard let tree = Self.embedded(value) else { return value }
            return .string(try Self.replacingTokens(in: tree, members, replace).text)
        }
    }

    static func isToken(_ text: String) -> Bool { !text.isEmpty && !text.contains("#{") }

    private static func parts(of value: JSON) -> [String] {
        (value.stringValue ?? "").split(separator: ",").map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func embedded(_ value: JSON) -> JSON? {
        guard let text = value.stringValue, text.hasPrefix("{") || text.hasPrefix("[") else { return nil }
        return try? JSON.parse(text)
    }

    private static func tokens(in tree: JSON, _ members: [String]) -> [String] {
        switch tree {
        case .array(let elements): elements.flatMap { tokens(in: $0, members) }
        case .object(let object):
            object.flatMap { key, value in
                if members.contains(key), let token = value.stringValue, isToken(token) { return [token] }
                return tokens(in: value, members)
            }
        default: []
        }
    }

    private static func replacingTokens(
        in tree: JSON,
        _ members: [String],
        _ replace: (String) throws -> String?
    ) rethrows -> JSON {
        switch tree {
        case .array(let elements): return .array(try elements.map { try replacingTokens(in: $0, members, replace) })
        case .object(let object):
            return .object(
                JSONObject(
                    try object.map { key, value in
                        if members.contains(key), let token = value.stringValue, isToken(token) {
                            return (key, JSON(try replace(token)))
                        }
                        return (key, try replacingTokens(in: value, members, replace))
                    }
                )
            )
        default: return tree
        }
    }
}
