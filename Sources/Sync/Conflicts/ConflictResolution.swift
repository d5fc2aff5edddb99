public import Catalog

/// What a person decided about one conflict, and on what they decided it.
public struct ConflictResolution: Sendable, Hashable {
    public enum Choice: Sendable, Hashable {
        /// The source's value is written.
        case source
        /// The destination stays as it is; where nothing can be written at all, this leaves the thing out.
        case destination
        /// What both sides had when they last agreed is written.
        case base
        /// Both sides' changes together, as far as they do not touch the same lines or elements.
        case merge
        /// This value, in normal form, is written.
        case value(JSON)
    }

    /// `Conflict.id`
    public var conflictID: String
    public var choice: Choice
    public var decidedOn: ConflictDigest
    /// `project Database · Description`: for people who read the file; nothing depends on it.
    public var about: String
    public var by: String
    /// RFC 3339; empty when it is not known.
    public var at: String

    public init(
        conflictID: String,
        choice: Choice,
        decidedOn: ConflictDigest,
        about: String = "",
        by: String = "",
        at: String = ""
    ) {
        self.conflictID = conflictID
        self.choice = choice
        self.decidedOn = decidedOn
        self.about = about
        self.by = by
        self.at = at
    }
}

/// The three versions that a decision is about, as short hashes; empty where a version is absent.
///
/// A decision holds for exactly these three. When one of them changes, nobody has seen what is there now.
public struct ConflictDigest: Sendable, Hashable {
    public var base: String
    public var source: String
    public var destination: String

    public init(base: JSON?, source: JSON?, destination: JSON?) {
        self.base = Self.short(base)
        self.source = Self.short(source)
        self.destination = Self.short(destination)
    }

    static let length = 16

    static func short(_ value: JSON?) -> String {
        value.map { String(Fingerprint.hash($0).prefix(length)) } ?? ""
    }

    /// `1f…,2a…,-`
    public var text: String { [base, source, destination].map { $0.isEmpty ? "-" : $0 }.joined(separator: ",") }

    public init?(text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let isHash = { (part: String) in part == "-" || part.count == Self.length && part.allSatisfy(\.isHexDigit) }
        guard parts.count == 3, parts.allSatisfy(isHash) else { return nil }
        (base, source, destination) = (parts[0], parts[1], parts[2])
        if base == "-" { base = "" }
        if source == "-" { source = "" }
        if destination == "-" { destination = "" }
    }

    /// Which versions are others now: `the source`, `the source and the destination`; nil when all are the same.
    public func moved(since old: ConflictDigest) -> String? {
        let moved = [
            base == old.base ? nil : "what both sides last agreed on", source == old.source ? nil : "the source",
            destination == old.destination ? nil : "the destination",
        ].compactMap { $0 }
        return moved.isEmpty ? nil : moved.joined(separator: " and ")
    }
}

extension ConflictResolution.Choice {
    /// The words of the resolution file and of the command line.
    public enum Word: String, Sendable, Hashable, CaseIterable { case source, destination, base, merge, value }

    public var word: Word {
        switch self {
        case .source: .source
        case .destination: .destination
        case .base: .base
        case .merge: .merge
        case .value: .value
        }
    }
}

extension Conflict {
    /// Stable over runs: the same for one disagreement until its place has another name.
    static func id(_ code: String, _ key: EntityKey, _ path: String) -> String {
        let text = [code, key.description, path].joined(separator: "\u{1F}")
        return String(Fingerprint.hash(Array(text.utf8)).prefix(12))
    }

    /// What a decision about this conflict is about.
    public var digest: ConflictDigest { ConflictDigest(base: base, source: source, destination: destination) }

    /// The sides have values of one field, and one of them can be chosen. Other conflicts are about whether
    /// something can be written at all.
    public var isAboutValue: Bool { Self.valueCodes.contains(code) }

    static let valueCodes: Set<String> = ["both-changed", "adopt-difference", "order", "widening"]

    /// The policy itself must change; leaving things as they are would mean something else than it says.
    private static let policyCodes: Set<String> = ["environment-renamed"]

    /// The answers that make sense here, the plainest first.
    public var choices: [ConflictResolution.Choice.Word] {
        if Self.policyCodes.contains(code) { return [] }
        guard isAboutValue else { return [.destination] }
        var result: [ConflictResolution.Choice.Word] = [.source, .destination]
        if let base, base != source, base != destination, !isStructural { result.append(.base) }
        if merged != nil { result.append(.merge) }
        if takesValue { result.append(.value) }
        return result
    }

    /// Order, scope and type of a variable are decided as a whole.
    private var isStructural: Bool {
        path.hasSuffix("@order") || (key.kind == .variableSets && ["scope", "type", "name"].contains(lastPart))
    }

    private var lastPart: String { path.split(separator: "/").last.map(String.init) ?? "" }

    /// A value can be typed in where the source's is a text, a number, a truth value, or a name of something.
    private var takesValue: Bool {
        guard !isStructural, let source else { return false }
        switch source {
        case .string, .int, .bool: return true
        default: return NormalReference(json: source) != nil
        }
    }

    /// Both changes together, where they do not meet in one line or element.
    public var merged: JSON? {
        guard isAboutValue, !isStructural, let source, let destination else { return nil }
        return ValueMerge.merged(base: base, source: source, destination: destination)
    }
}
