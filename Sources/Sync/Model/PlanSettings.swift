import Catalog
public import Foundation

/// What a person asked of one run, beside the policy. Part of the plan: an apply asks for the same.
public struct PlanSettings: Sendable, Hashable {
    /// What becomes of things that are gone at the source.
    public enum Pruning: String, Sendable, Hashable, CaseIterable {
        /// As the policy says.
        case asPolicy
        /// What the policy only reports is deleted too, as long as the destination left it unchanged.
        case prune
        /// Nothing is deleted, whatever the policy says: runs that nobody watches.
        case never
    }

    /// Reverts what the destination changed in fields that the source owns, where the policy asks for equality.
    public var heals = false
    public var pruning = Pruning.asPolicy
    /// What people decided about conflicts.
    public var resolutions: [ConflictResolution] = []
    /// When each side was last changed, as its events tell; for conflicts that the newer side wins.
    public var changes = ChangeTimes()

    public init(heals: Bool = false, pruning: Pruning = .asPolicy, resolutions: [ConflictResolution] = []) {
        self.heals = heals
        self.pruning = pruning
        self.resolutions = resolutions
    }
}

/// The newest change of documents on each side, by the destination's key of the document.
public struct ChangeTimes: Sendable, Hashable {
    public var source: [EntityKey: Date] = [:]
    public var destination: [EntityKey: Date] = [:]

    public init() {}

    public enum Side: Sendable, Hashable { case source, destination }

    /// Nil when events do not tell, or not apart.
    public func newer(_ key: EntityKey) -> Side? {
        guard let mine = source[key], let theirs = destination[key], mine != theirs else { return nil }
        return mine > theirs ? .source : .destination
    }
}
