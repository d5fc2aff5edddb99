import APIClient
import Catalog
import Sync

/// What a full read found changed although the feed had not said so (E-113).
struct FeedDefects {
    let side: ReplicaSide
    let client: any ReplicaClient
    let cache: ReplicaCache
    let catalog: Catalog
    /// What the feed told since the last read.
    let answer: FeedAnswer
    /// Kinds whose changes are known to be missed.
    let widened: Set<KindName>

    /// Names of changed documents by kind.
    func missed(in raw: RawReplica) async throws -> [KindName: [String]] {
        let candidates = try await differences(raw)
        guard !candidates.isEmpty else { return [:] }
        // What changed while everything was being read is no defect: the feed tells it by now.
        let since = try await client.feed(since: answer.mark)
        guard since.gap == nil else { return [:] }
        let told = Set((answer.changes + since.changes).map { $0.id.lowercased() })
        var missed: [KindName: [String]] = [:]
        for (place, name) in candidates where !Self.isTold(place.id, by: told) && !widened.contains(place.kind) {
            missed[place.kind, default: []].append(name)
        }
        return missed
    }

    /// A document or its owner was named; `variableset-Projects-1` is told by `Projects-1`.
    private static func isTold(_ id: String, by told: Set<String>) -> Bool {
        let id = id.lowercased()
        if told.contains(id) { return true }
        guard let dash = id.firstIndex(of: "-") else { return false }
        return told.contains(String(id[id.index(after: dash)...]))
    }

    /// Documents that are not what the cache has, as far as sync looks at them.
    private func differences(_ raw: RawReplica) async throws -> [(DocumentPlace, String)] {
        let old = try await cache.documents(side)
        var result: [(DocumentPlace, String)] = []
        var normalizers: (old: DocumentNormalizer, new: DocumentNormalizer)?
        for kind in catalog.kinds {
            let before = Self.byPlace(old[kind.name], kind)
            let after = Self.byPlace(raw.documents[kind.name], kind)
            for place in Set(before.keys).union(after.keys).sorted() {
                let (was, now) = (before[place], after[place])
                if was == now { continue }
                if let was, let now {
                    let both =
                        normalizers
                        ?? (
                            DocumentNormalizer(old, catalog: catalog),
                            DocumentNormalizer(raw.documents, catalog: catalog)
                        )
                    normalizers = both
                    let bodies = (both.old.entity(was, kind: kind.name), both.new.entity(now, kind: kind.name))
                    if bodies.0?.body == bodies.1?.body, bodies.0?.key == bodies.1?.key { continue }
                }
                result.append((place, (now ?? was)?["Name"]?.stringValue ?? place.id))
            }
        }
        return result
    }

    private static func byPlace(_ documents: [JSON]?, _ kind: Kind) -> [DocumentPlace: JSON] {
        Dictionary(
            (documents ?? []).map { (DocumentPlace($0, kind), $0) }
        ) { first, _ in first }
    }

    static func notice(_ kind: KindName, _ names: [String], _ url: String, _ catalog: Catalog) -> Notice {
        let title = catalog[kind]?.title
        let what =
            names.count == 1
            ? "a change of the \(title?.one ?? kind.rawValue)"
            : "changes of \(names.count) \(title?.many ?? kind.rawValue):"
        let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
        return Notice(
            code: "feed-defect",
            path: kind.rawValue,
            message:
                "the feed of \(url) did not tell of \(what) \(shown); the full verification found it, and from now "
                + "on these documents are read on every run"
        )
    }
}
