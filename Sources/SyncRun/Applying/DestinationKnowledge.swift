import Catalog
import Sync

/// What an apply knows of the destination: what it read at the start, and what each answer taught it since.
actor DestinationKnowledge {
    private let catalog: Catalog
    private var documents: [KindName: [String: JSON]] = [:]
    /// Names as they are now: what references are written with.
    private var current: DocumentNormalizer
    /// Names as they were when the plan was made: what the plan's hashes of documents not yet written are about.
    private var planned: DocumentNormalizer
    private var tripwire: Tripwire
    private var isRenamed = false
    /// Documents that were read for the operation that is about to write each.
    private var ahead: [KindName: [String: JSON]] = [:]

    /// - Parameter undoing: names that operations of this plan have changed already, by id: an apply that goes on
    ///   after a crash must still see the names that the plan saw.
    init(_ raw: [KindName: [JSON]], catalog: Catalog, tripwire: Tripwire, undoing: [String: String] = [:]) {
        self.catalog = catalog
        self.tripwire = tripwire
        current = DocumentNormalizer(raw, catalog: catalog)
        if undoing.isEmpty {
            planned = current
        } else {
            let before = raw.mapValues { documents in
                documents.map { document in
                    guard let id = document["Id"]?.stringValue, let name = undoing[id] else { return document }
                    var document = document
                    document["Name"] = .string(name)
                    return document
                }
            }
            planned = DocumentNormalizer(before, catalog: catalog)
        }
        for (kind, list) in raw {
            for document in list { documents[kind, default: [:]][Self.place(document, kind, catalog)] = document }
        }
    }

    func id(of key: EntityKey) -> String? { current.id(of: key) }

    func key(ofID id: String) -> EntityKey? { current.key(ofID: id) }

    func document(_ kind: KindName, id: String) -> JSON? { documents[kind]?[id] }

    func readAhead(_ document: JSON, _ kind: KindName, id: String) { ahead[kind, default: [:]][id] = document }

    /// What was read for whoever asks first; the next one has to read again.
    func takeReadAhead(_ kind: KindName, id: String) -> JSON? { ahead[kind]?.removeValue(forKey: id) }

    /// What nobody took is old by the next phase.
    func forgetReadAhead() { ahead = [:] }

    func documents(_ kind: KindName) -> [JSON] { documents[kind].map { Array($0.values) } ?? [] }

    /// What goes with a document when it is deleted, as far as it was read: what a rollback must make again.
    func owned(by key: EntityKey) -> [OperationImage] {
        var result: [OperationImage] = []
        for (kind, list) in documents where catalog[kind]?.owner != nil {
            for (id, document) in list {
                guard let owned = current.entity(document, kind: kind)?.key, owned.owners.contains(key) else {
                    continue
                }
                result.append(OperationImage(kind: kind, id: id, moment: .before, document: document))
            }
        }
        return result
    }

    func learn(_ document: JSON, kind: KindName) {
        let id = Self.place(document, kind, catalog)
        if let old = documents[kind]?[id], old["Name"] != document["Name"] { isRenamed = true }
        documents[kind, default: [:]][id] = document
        current.learn(document, kind: kind)
        tripwire.allow(document)
        if planned.key(ofID: id) == nil { planned.learn(document, kind: kind) }
    }

    func forget(_ kind: KindName, id: String) {
        documents[kind]?[id] = nil
        current.forget(id: id)
    }

    /// After a rename the keys of everything that the document owns are others, too.
    func settleRenames() {
        guard isRenamed else { return }
        isRenamed = false
        current = DocumentNormalizer(documents.mapValues { Array($0.values) }, catalog: catalog)
    }

    /// The fingerprints of a document with names as they are and as they were planned; most often they are one.
    func fingerprints(_ document: JSON, kind: KindName) -> Set<String> {
        let bodies = [current, planned].compactMap { $0.entity(document, kind: kind)?.body }
        return Set(bodies.map { Fingerprint.hash(body: $0) })
    }

    func fingerprint(_ document: JSON, kind: KindName) -> String {
        current.entity(document, kind: kind).map { Fingerprint.hash(body: $0.body) } ?? ""
    }

    func render(_ body: JSON, kind: Kind, onto existing: JSON?, renames: [PartRename] = []) throws -> JSON {
        let current = current
        return try Renderer(renames: renames) { current.id(of: $0) }.document(body, kind: kind, onto: existing)
    }

    /// Where a value of a tenant stands in a document that is about to be sent.
    func tenantSteps(_ path: [String], in body: JSON) -> [SecretStep]? {
        let current = current
        return Renderer.tenantSteps(path, in: body) { current.id(of: $0) }
    }

    /// The first id of the source in a document that is about to be sent.
    func leak(in body: JSON, kind: Kind) -> String? { tripwire.leak(in: body, kind: kind) }

    private static func place(_ document: JSON, _ kind: KindName, _ catalog: Catalog) -> String {
        if let id = document["Id"]?.stringValue { return id }
        // Tenant variables are served without an id.
        guard let kind = catalog[kind], let owner = kind.owner, let ownerID = document[owner.field]?.stringValue else {
            return ""
        }
        return kind.id(ofOwner: ownerID) ?? ""
    }
}
