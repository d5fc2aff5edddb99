import Catalog
import Sync

/// The part of both replicas that a plan about a few changes needs.
///
/// It holds the projects and tenants that changed with everything they own, whatever these mention, the counterparts of
/// all that at the other side, and every document of the kinds that many refer to (environments, lifecycles, feeds, …).
struct PlanScope {
    struct Part {
        var source: [KindName: [JSON]]
        var destination: [KindName: [JSON]]
        var state: SyncState
        /// What is planned, as the source calls it.
        var focus: Set<EntityKey>
        /// The same, and what the destination calls it.
        var keys: Set<EntityKey>
    }

    /// More than that is not worth it.
    private static let mostUnits = 20
    private static let mostBytes = 32 << 20

    let cache: ReplicaCache
    let catalog: Catalog
    let policy: Policy
    let readSet: ReadSet
    let store: StateStore

    /// Kinds whose documents belong to one project or tenant, or are many and large, and are taken as far as they are
    /// needed.
    private var sparse: Set<KindName> { ContainedChange.kinds.union([.deploymentSettings, .communityStepTemplates]) }

    /// Nil when a change may matter to more than its own project or tenant.
    func part(
        source: [ChangedDocument],
        destination: [ChangedDocument],
        pair: SyncState.Pair
    ) async throws -> Part? {
        guard choosesByNothingElse else { return nil }
        var units: [ReplicaSide: Set<String>] = [:]
        for (side, changes) in [(ReplicaSide.source, source), (.destination, destination)] {
            guard let own = try await self.units(side, changes) else { return nil }
            units[side] = own
        }
        guard try await pairUp(&units, pair), units[.source, default: []].count <= Self.mostUnits else { return nil }
        return try await collect(units, pair)
    }

    /// Whether a document takes part depends on its own name, not on what refers to it.
    private var choosesByNothingElse: Bool {
        policy.types.values.allSatisfy { $0.select.isEmpty && $0.aliases.isEmpty }
    }

    // MARK: - What changed

    private func units(_ side: ReplicaSide, _ changes: [ChangedDocument]) async throws -> Set<String>? {
        var units = Set<String>()
        for change in changes {
            guard ContainedChange.kinds.contains(change.place.kind), let before = change.before,
                let after = change.after
            else { return nil }
            let owner = try await owner(side, change.unit)
            let sets = owner?.document["IncludedLibraryVariableSetIds"]?.arrayValue ?? []
            guard let owner, owner.kind == .projects || owner.kind == .tenants,
                ContainedChange.isContained(
                    change.place.kind,
                    before: before,
                    after: after,
                    sharesNames: !sets.isEmpty
                )
            else { return nil }
            units.insert(change.unit)
        }
        return units
    }

    private func owner(_ side: ReplicaSide, _ unit: String) async throws -> (kind: KindName, document: JSON)? {
        for kind in [KindName.projects, .tenants, .librarySets] {
            if let document = try await cache.document(side, DocumentPlace(kind: kind, id: unit)) {
                return (kind, document)
            }
        }
        return nil
    }

    /// The counterparts of all units. False when one has none.
    private func pairUp(_ units: inout [ReplicaSide: Set<String>], _ pair: SyncState.Pair) async throws -> Bool {
        let known = try await store.load(
            for: pair,
            sourceIDs: units[.source] ?? [],
            destinationIDs: units[.destination] ?? []
        )
        for record in known.records.values where !record.destinationID.isEmpty {
            // A plan names things as the destination does, notices also as the source does.
            guard record.sourceKey == record.destinationKey else { return false }
            units[.source, default: []].insert(record.sourceID)
            units[.destination, default: []].insert(record.destinationID)
        }
        let sources = Set(known.records.values.map(\.sourceID))
        let destinations = Set(known.records.values.map(\.destinationID))
        return (units[.source] ?? []).isSubset(of: sources) && (units[.destination] ?? []).isSubset(of: destinations)
    }

    // MARK: - What it stands among

    private func collect(_ units: [ReplicaSide: Set<String>], _ pair: SyncState.Pair) async throws -> Part? {
        let dense = readSet.kinds.subtracting(sparse)
        var places: [ReplicaSide: Set<DocumentPlace>] = [:]
        var documents: [ReplicaSide: [KindName: [JSON]]] = [:]
        for side in ReplicaSide.allCases {
            guard try await cache.size(side, kinds: dense) <= Self.mostBytes else { return nil }
            documents[side] = try await cache.documents(side, kinds: dense)
            let own = try await cache.documents(side, units: units[side] ?? [])
            places[side] = try await mentioned(side, in: own)
            for (kind, list) in own where sparse.contains(kind) { documents[side, default: [:]][kind] = list }
        }
        guard try await addCounterparts(&places, documents, pair) else { return nil }
        for side in ReplicaSide.allCases {
            let present = self.places(documents[side] ?? [:])
            for place in (places[side] ?? []).subtracting(present).sorted() {
                guard let document = try await cache.document(side, place) else { continue }
                documents[side, default: [:]][place.kind, default: []].append(document)
            }
        }
        let state = try await store.load(
            for: pair,
            sourceIDs: Set(self.places(documents[.source] ?? [:]).map(\.id)),
            destinationIDs: Set(self.places(documents[.destination] ?? [:]).map(\.id))
        )
        return part(documents, state, units)
    }

    private func part(
        _ documents: [ReplicaSide: [KindName: [JSON]]],
        _ state: SyncState,
        _ units: [ReplicaSide: Set<String>]
    ) -> Part {
        let source = documents[.source] ?? [:]
        let destination = documents[.destination] ?? [:]
        let focus = keys(source, units[.source] ?? [])
        return Part(
            source: source,
            destination: destination,
            state: state,
            focus: focus,
            keys: focus.union(keys(destination, units[.destination] ?? []))
        )
    }

    private func places(_ documents: [KindName: [JSON]]) -> Set<DocumentPlace> {
        var places = Set<DocumentPlace>()
        for kind in catalog.kinds {
            for document in documents[kind.name] ?? [] {
                places.insert(DocumentPlace(document, kind))
            }
        }
        return places
    }

    /// The keys of the documents of these units.
    private func keys(_ documents: [KindName: [JSON]], _ units: Set<String>) -> Set<EntityKey> {
        let normalizer = DocumentNormalizer(documents, catalog: catalog)
        var keys = Set<EntityKey>()
        for kind in catalog.kinds {
            for document in documents[kind.name] ?? [] {
                let place = DocumentPlace(document, kind)
                let owner = kind.owner.flatMap { document[$0.field]?.stringValue }
                let unit = (kind.owner == nil ? nil : document["ProjectId"]?.stringValue) ?? owner ?? place.id
                if units.contains(unit), let key = normalizer.key(ofID: place.id) { keys.insert(key) }
            }
        }
        return keys
    }

    /// Sparse documents that these mention, with their owners.
    private func mentioned(_ side: ReplicaSide, in documents: [KindName: [JSON]]) async throws -> Set<DocumentPlace> {
        var words = Set<String>()
        for list in documents.values {
            for document in list { IDWords.collect(document, into: &words) }
        }
        var found = try await cache.owners(side, ofIDs: words)
        // The values of library sets say which names they bring.
        for set in found where set.kind == .librarySets {
            let document = try await cache.document(side, set)
            if let id = document?["VariableSetId"]?.stringValue {
                found.insert(DocumentPlace(kind: .variableSets, id: id))
            }
        }
        return try await withOwners(side, found)
    }

    private func withOwners(_ side: ReplicaSide, _ places: Set<DocumentPlace>) async throws -> Set<DocumentPlace> {
        var found = places.filter { sparse.contains($0.kind) || $0.kind == .tenants }
        var open = found
        while let place = open.popFirst() {
            guard let document = try await cache.document(side, place), let kind = catalog[place.kind] else { continue }
            let ids = [kind.owner?.field, kind.owner == nil ? nil : "ProjectId"].compactMap { $0 }
                .compactMap { document[$0]?.stringValue }
            for owner in try await cache.owners(side, ofIDs: Set(ids)) where found.insert(owner).inserted {
                open.insert(owner)
            }
        }
        return found
    }

    /// False when something has no counterpart by its record, and might have one by its name.
    private func addCounterparts(
        _ places: inout [ReplicaSide: Set<DocumentPlace>],
        _ documents: [ReplicaSide: [KindName: [JSON]]],
        _ pair: SyncState.Pair
    ) async throws -> Bool {
        let source = (places[.source] ?? []).union(self.places(documents[.source] ?? [:]).filter(isSparse))
        let destination = (places[.destination] ?? []).union(
            self.places(documents[.destination] ?? [:]).filter(isSparse)
        )
        let known = try await store.load(
            for: pair,
            sourceIDs: Set(source.map(\.id)),
            destinationIDs: Set(destination.map(\.id))
        )
        var paired: [ReplicaSide: Set<String>] = [:]
        for record in known.records.values where !record.destinationID.isEmpty {
            guard let kind = wireKind(record.sourceKey.kind) else { continue }
            paired[.source, default: []].insert(record.sourceID)
            paired[.destination, default: []].insert(record.destinationID)
            places[.source, default: []].insert(DocumentPlace(kind: kind, id: record.sourceID))
            places[.destination, default: []].insert(DocumentPlace(kind: kind, id: record.destinationID))
        }
        for (side, other, all) in [
            (ReplicaSide.source, ReplicaSide.destination, source), (.destination, .source, destination),
        ] {
            for place in all where isSparse(place) && !(paired[side] ?? []).contains(place.id) {
                try await addNamesakes(of: place, side, other, &places)
            }
        }
        for side in ReplicaSide.allCases { places[side] = try await withOwners(side, places[side] ?? []) }
        return true
    }

    /// What was never synced is known by its name only.
    private func addNamesakes(
        of place: DocumentPlace,
        _ side: ReplicaSide,
        _ other: ReplicaSide,
        _ places: inout [ReplicaSide: Set<DocumentPlace>]
    ) async throws {
        guard let name = try await cache.document(side, place)?["Name"]?.stringValue else { return }
        let namesakes = try await cache.places(other, kind: place.kind, nameKey: EntityKey.folded(name))
        // Channels and runbooks of one name are many: only those of a project that is there matter.
        guard catalog[place.kind]?.owner == nil else { return }
        places[other, default: []].formUnion(namesakes)
    }

    private func isSparse(_ place: DocumentPlace) -> Bool { sparse.contains(place.kind) }

    private func wireKind(_ kind: KindName) -> KindName? {
        let wire: KindName = kind == .scriptModules ? .librarySets : kind
        return readSet.kinds.contains(wire) ? wire : nil
    }
}

/// The words of a document that may be ids: runs of the characters that ids are made of, with a dash in them.
enum IDWords {
    static func collect(_ value: JSON, into words: inout Set<String>) {
        switch value {
        case .string(let text): collect(text, into: &words)
        case .array(let elements): for element in elements { collect(element, into: &words) }
        case .object(let object):
            for (name, member) in object where name != "Links" {
                collect(name, into: &words)
                collect(member, into: &words)
            }
        case .null, .bool, .int, .decimal: break
        }
    }

    private static func collect(_ text: String, into words: inout Set<String>) {
        let dash = UInt8(ascii: "-")
        guard text.utf8.contains(dash) else { return }
        for word in text.utf8.split(whereSeparator: { !isPart($0) }) where word.contains(dash) && word.count <= 200 {
            words.insert(String(decoding: word, as: UTF8.self))
        }
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
