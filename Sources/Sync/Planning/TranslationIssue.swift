/// What a translation could not carry over as it was.
struct TranslationIssue: Hashable {
    enum Kind: Hashable {
        /// A reference that must not be missing has no counterpart.
        case missingRequired
        /// A reference was left out.
        case dropped
        /// A restriction would be lost, so that the document would apply to more than it did.
        case widening
        /// The same, and the policy allows it.
        case allowedWidening
        /// An element of a list stays behind, because it would widen.
        case elementDropped
    }

    var kind: Kind
    var path: [String]
    /// What had no counterpart.
    var lost: String

    var pathText: String { path.joined(separator: "/") }
}
