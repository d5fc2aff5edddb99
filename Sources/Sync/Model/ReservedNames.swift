import Catalog

/// Names of documents that sync itself keeps at a destination. They are no part of what is synced.
public enum ReservedNames {
    /// The library set that holds the lease (`docs/sync/apply.md`).
    public static let lease = "Skerry sync lease"

    /// The documents without those of sync itself.
    static func removed(from documents: [KindName: [JSON]]) -> [KindName: [JSON]] {
        guard let own = documents[.librarySets]?.first(where: isLease)?["Id"]?.stringValue else { return documents }
        var rest = documents
        rest[.librarySets]?.removeAll(where: isLease)
        rest[.variableSets]?.removeAll { $0["OwnerId"]?.stringValue == own }
        return rest
    }

    private static func isLease(_ set: JSON) -> Bool {
        set["Name"]?.stringValue.map(EntityKey.folded) == EntityKey.folded(lease)
    }
}
