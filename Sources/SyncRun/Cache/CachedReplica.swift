import APIClient
import Catalog
import Foundation
import Sync

public enum ReplicaSide: String, Sendable, Hashable, CaseIterable {
    case source, destination
}

/// What is known of one side besides its documents.
struct CachedReplica: Sendable {
    /// The address and the space as the policy writes them: another text there is another replica.
    var askedURL: String
    var askedSpace: String
    var identity: ServerIdentity
    /// Which kinds were read, and by which build of this program.
    var readSet: String
    var mark: FeedMark
    /// Another text after every change of a document.
    var revision: String
    /// When everything was read for the last time.
    var readAt: Date
    /// Kinds of which the feed has once missed a change.
    var widened: [KindName]
    /// Kinds that the key may not see.
    var hidden: [KindName]
    /// Kinds that the key sees only in part, each with the reason.
    var partial: [KindName: String] = [:]
}

/// Which document of a replica.
struct DocumentPlace: Sendable, Hashable, Comparable {
    var kind: KindName
    var id: String

    static func < (left: Self, right: Self) -> Bool {
        left.kind == right.kind ? left.id < right.id : left.kind < right.kind
    }
}

/// A document that is not as it was when both sides were last in step. Nil: there is or was none.
struct ChangedDocument: Sendable {
    var place: DocumentPlace
    var unit: String
    var before: JSON?
    var after: JSON?
}

extension DocumentPlace {
    init(_ document: JSON, _ kind: Kind) {
        let id = document["Id"]?.stringValue ?? KindOwnership.impliedID(document, kind) ?? ""
        // What has no id at all is known by what it is.
        self.init(kind: kind.name, id: id.isEmpty ? "#" + Fingerprint.hash(document) : id)
    }
}

extension ServerIdentity {
    var json: JSON {
        [
            "url": .string(url), "version": .string(version), "apiVersion": .string(apiVersion),
            "installation": .string(installationID), "spaceId": .string(spaceID), "spaceName": .string(spaceName),
        ]
    }

    init?(json: JSON) {
        guard let url = json["url"]?.stringValue, let version = json["version"]?.stringValue,
            let apiVersion = json["apiVersion"]?.stringValue, let installation = json["installation"]?.stringValue,
            let spaceID = json["spaceId"]?.stringValue, let spaceName = json["spaceName"]?.stringValue
        else { return nil }
        self.init(
            url: url,
            version: version,
            apiVersion: apiVersion,
            installationID: installation,
            spaceID: spaceID,
            spaceName: spaceName
        )
    }
}
