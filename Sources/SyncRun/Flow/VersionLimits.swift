import APIClient
import Catalog
import Foundation
import Sync

/// What a destination of an older release cannot hold of the source (S-39, E-112).
struct VersionLimits: Sendable {
    let destination: DestinationClient

    /// The documents as the destination can hold them, and what that costs.
    func limit(_ documents: [KindName: [JSON]], catalog: Catalog) -> ([KindName: [JSON]], [Notice]) {
        var notices: [Notice] = []
        var result = documents
        for (kind, list) in documents where !destination.adapter.isIdentity(for: kind) {
            result[kind] = list.map { document in
                let (limited, losses) = destination.adapter.limited(document, kind: kind)
                notices += losses.map { loss in
                    Notice(
                        code: "older-destination",
                        key: document["Name"]?.stringValue.map { EntityKey(kind, $0) },
                        path: loss.path,
                        message: """
                            left out: \(destination.identity.url) has version \(destination.identity.version), which \
                            does not know this field; it came with \(loss.since)
                            """
                    )
                }
                return limited
            }
        }
        return (result, notices.sorted { ($0.path, $0.message) < ($1.path, $1.message) })
    }
}
