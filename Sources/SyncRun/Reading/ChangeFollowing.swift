import APIClient
import Catalog
import Sync

/// From what a feed tells to the documents as they are now.
///
/// A feed of audit events names ids only, forgets some (a variable set behind its owner, what a server makes or deletes
/// along with a document) and names many that sync does not read; Skerry's own brings the documents along.
struct ChangeFollowing {
    /// More documents than that are not read one by one.
    static let mostReads = 300
    /// So many documents of one kind cost more than its list.
    static let fewOfKind = 4

    let side: ReplicaSide
    let client: any ReplicaClient
    let cache: ReplicaCache
    let catalog: Catalog
    let readSet: ReadSet
    /// The feed names each document that was written, also those that the server wrote along with another.
    let isTold: Bool

    private var found: [DocumentPlace: JSON?] = [:]
    private var open: Set<DocumentPlace> = []
    private var lists: Set<KindName> = []
    private var done: Set<DocumentPlace> = []

    init(
        side: ReplicaSide,
        client: any ReplicaClient,
        cache: ReplicaCache,
        catalog: Catalog,
        readSet: ReadSet,
        isTold: Bool
    ) {
        self.side = side
        self.client = client
        self.cache = cache
        self.catalog = catalog
        self.readSet = readSet
        self.isTold = isTold
    }

    /// Nil when everything has to be read: something is named that cannot be placed, or too much changed.
    ///
    /// - Parameter widened: kinds that are read on every run, because the feed missed a change of them once.
    mutating func documents(
        _ changes: [FeedChange],
        widened: [KindName]
    ) async throws -> [(place: DocumentPlace, document: JSON?)]? {
        lists = Set(widened.filter(readSet.lists.contains))
        for kind in widened where !readSet.lists.contains(kind) {
            open.formUnion(try await cache.places(side, kind: kind))
        }
        for change in changes {
            guard let kind = change.kind ?? FeedPlaces.kind(ofID: change.id, catalog) else {
                if FeedPlaces.isOfNoConcern(change.id) { continue }
                return nil
            }
            guard readSet.reads(kind) else { continue }
            let place = DocumentPlace(kind: kind, id: change.id)
            switch change.content {
            case .unknown: open.insert(place)
            case .gone: found[place] = .some(nil)
            case .document(let document): found[place] = document
            }
            if !isTold, change.isDeletion { try await addWhatGoesWith(place) }
            if !isTold, change.isCreation, kind == .projects, readSet.reads(.channels) { lists.insert(.channels) }
        }
        // Documents lead to their parts, and those to nothing further.
        for _ in 0..<4 {
            try await addParts()
            open.subtract(done)
            guard !open.isEmpty || !lists.isEmpty else { break }
            guard open.count <= Self.mostReads else { return nil }
            try await read()
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    // MARK: - What a change leads to

    private mutating func addParts() async throws {
        for (place, document) in found where done.insert(place).inserted {
            guard let document else {
                for part in try await cache.places(side, unit: place.id) where found[part] == nil {
                    found[part] = .some(nil)
                }
                continue
            }
            for part in parts(of: document, place) where found[part] == nil {
                let isKnown = try await cache.document(side, part) != nil
                if !isKnown || (!isTold && part.kind != .deploymentProcesses) { open.insert(part) }
            }
            try await addTenantVariables(of: document, place)
            if !isTold, place.kind == .tagSets { try await addTagged(place, document) }
        }
    }

    private func parts(of document: JSON, _ place: DocumentPlace) -> [DocumentPlace] {
        var parts: [DocumentPlace] = []
        for (field, kind) in [
            ("VariableSetId", KindName.variableSets), ("DeploymentProcessId", .deploymentProcesses),
            ("RunbookProcessId", .runbookProcesses),
        ] where readSet.reads(kind) {
            if let id = document[field]?.stringValue, !id.isEmpty { parts.append(DocumentPlace(kind: kind, id: id)) }
        }
        return parts
    }

    /// The variables of a tenant are served with the templates of its projects and their sets.
    private mutating func addTenantVariables(of document: JSON, _ place: DocumentPlace) async throws {
        guard readSet.withTenantVariables else { return }
        switch place.kind {
        case .tenants:
            guard let id = catalog[.tenantVariables]?.id(ofOwner: place.id) else { return }
            let part = DocumentPlace(kind: .tenantVariables, id: id)
            if found[part] == nil { open.insert(part) }
        case .projects, .librarySets:
            let old = try await cache.document(side, place)
            let names = ["Templates", "IncludedLibraryVariableSetIds"]
            guard names.contains(where: { old?[$0] != document[$0] }) else { return }
            let users = try await cache.mentions(side, of: "\"\(place.id)\"")
            open.formUnion(users.filter { $0.kind == .tenantVariables && found[$0] == nil })
        default: return
        }
    }

    /// A server takes what it deletes out of the documents that referred to it, and does not always say so.
    private mutating func addWhatGoesWith(_ place: DocumentPlace) async throws {
        open.formUnion(try await cache.mentions(side, of: "\"\(place.id)\""))
        open.formUnion(try await cache.places(side, unit: place.id))
    }

    /// Documents hold tags by name.
    private mutating func addTagged(_ place: DocumentPlace, _ document: JSON) async throws {
        let old = try await cache.document(side, place)
        for name in Set([old, document].compactMap { $0?["Name"]?.stringValue }) {
            open.formUnion(try await cache.mentions(side, of: "\"\(name)/"))
        }
    }

    // MARK: - Reading

    private mutating func read() async throws {
        for (kind, places) in Dictionary(grouping: open, by: \.kind)
        where places.count >= Self.fewOfKind && readSet.lists.contains(kind) { lists.insert(kind) }
        for kind in lists.sorted() { try await readList(kind) }
        lists = []
        let single = open.filter { found[$0] == nil }.sorted()
        open = []
        let (client, catalog) = (client, catalog)
        let documents = try await inParallel(single, atMost: ReplicaReading.breadth) { place -> JSON? in
            do {
                return try await client.get(place.kind, id: catalog[place.kind]?.routeID(place.id) ?? place.id)
            } catch let error as APIError where error.isNotFound {
                return nil
            }
        }
        for place in single { found[place] = documents[place] ?? nil }
    }

    private mutating func readList(_ kind: KindName) async throws {
        guard let description = catalog[kind] else { return }
        var missing = try await cache.places(side, kind: kind)
        for document in try await client.list(kind) {
            let place = DocumentPlace(document, description)
            missing.remove(place)
            found[place] = document
        }
        for place in missing { found[place] = .some(nil) }
    }
}

extension ReadSet {
    func reads(_ kind: KindName) -> Bool {
        switch kind {
        case .variableSets: withVariableSets
        case .tenantVariables: withTenantVariables
        default: lists.contains(kind)
        }
    }

    /// Every kind whose documents are read.
    var kinds: Set<KindName> {
        var kinds = Set(lists)
        if withVariableSets { kinds.insert(.variableSets) }
        if withTenantVariables { kinds.insert(.tenantVariables) }
        return kinds
    }

    /// Another text when a cache that was filled for it cannot serve another read set or another build.
    var digest: String {
        let parts = kinds.sorted().map(\.rawValue) + [ProgramBuild.mark]
        return Fingerprint.hash(Array(parts.joined(separator: "\n").utf8))
    }
}

/// Which kind an id that an event names is of.
enum FeedPlaces {
    static func kind(ofID id: String, _ catalog: Catalog) -> KindName? {
        if let kind = catalog.kind(ofID: id) { return kind }
        return catalog.kinds.first { $0.ownerID(of: id) != nil }?.name
    }

    /// What happens on a server and is never synced: its events say nothing about what is.
    static func isOfNoConcern(_ id: String) -> Bool {
        let prefix = id.lowercased().split(separator: "-").first.map(String.init) ?? ""
        return happenings.contains(prefix)
    }

    private static let happenings: Set<String> = [
        "apikeys", "artifacts", "autodeployments", "buildinformation", "dashboardconfigurations", "deployments",
        "events", "interruptions", "licenses", "releases", "runbookruns", "runbooksnapshots", "servernodes",
        "servertasks", "spaces", "subscriptions", "syncruns", "users",
    ]
}
