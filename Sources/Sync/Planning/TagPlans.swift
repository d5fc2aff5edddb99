import Catalog

/// Tags are taken away last of all, once nothing uses them any more, and never from under a document that only the
/// destination has (E-90).
extension Planner {
    /// Takes tags that are gone at the source out of the comparison of a tag set; `planTagRemovals` decides about them.
    ///
    /// - Returns: base and destination without them.
    func postponingTags(
        _ pair: Pair,
        base: JSON?,
        source: JSON,
        destination: JSON,
        _ treatment: Treatment
    ) -> (base: JSON?, destination: JSON) {
        let wanted = Self.names(source)
        let known = Self.names(base)
        let gone = (destination.arrayValue ?? []).compactMap { $0["Name"]?.stringValue }.filter { name in
            let name = EntityKey.folded(name)
            return !wanted.contains(name) && (known.contains(name) || !treatment.keepsExtraEntries)
        }
        if gone.isEmpty { return (base, destination) }
        postponedTags[pair.source.key] = gone.sorted()
        let folded = Set(gone.map(EntityKey.folded))
        let isLeft = { (tag: JSON) in !folded.contains(EntityKey.folded(tag["Name"]?.stringValue ?? "")) }
        return (
            base?.arrayValue.map { .array($0.filter(isLeft)) } ?? base,
            .array((destination.arrayValue ?? []).filter(isLeft))
        )
    }

    /// A merged list with the tags that were taken out of the comparison back in their places.
    static func weavingTags(_ merged: JSON, _ destination: JSON) -> JSON {
        let lists = [merged, destination].map { $0.arrayValue ?? [] }
        let names = lists.map { $0.map { EntityKey.folded($0["Name"]?.stringValue ?? "") } }
        var tags: [String: JSON] = [:]
        for (list, keys) in zip(lists, names) {
            for (tag, key) in zip(list, keys) where tags[key] == nil { tags[key] = tag }
        }
        return .array(ThreeWay.weave(names[0], names[1]).compactMap { tags[$0] })
    }

    private static func names(_ tags: JSON?) -> Set<String> {
        Set((tags?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue.map(EntityKey.folded) })
    }

    func planTagRemovals() {
        for (key, names) in postponedTags.sorted(by: { $0.key < $1.key }) {
            guard let pair = pairs[key], let current = pair.destination else { continue }
            var removed: Set<String> = []
            var deletions: Set<EntityKey> = []
            for name in names {
                let tag = EntityKey(.tags, current.key.path + [name])
                let (users, earlier) = parting(users(ofTag: tag), before: .tags)
                if users.isEmpty {
                    removed.insert(EntityKey.folded(name))
                    deletions.formUnion(earlier)
                } else {
                    let list = Self.list(users)
                    notice("tag-in-use", pair.finalKey, "Tags/\(name)", "gone at the source; kept, used by \(list)")
                }
            }
            remember(keptTags: names.filter { !removed.contains(EntityKey.folded($0)) }, of: pair)
            if !removed.isEmpty { removeTags(removed, from: pair, after: deletions) }
        }
    }

    private func users(ofTag tag: EntityKey) -> [EntityKey] {
        if destinationUsers == nil { destinationUsers = usersAtDestination() }
        let renamed = tag.applying(renames)
        let users = (destinationUsers?[tag] ?? []).union(destinationUsers?[renamed] ?? [])
        return users.filter { $0.kind != .tagSets }.sorted()
    }

    /// `tenants/A, tenants/B, …`
    static func list(_ keys: [EntityKey]) -> String {
        keys.prefix(5).map(\.description).joined(separator: ", ") + (keys.count > 5 ? ", …" : "")
    }

    private func removeTags(_ names: Set<String>, from pair: Pair, after deletions: Set<EntityKey>) {
        guard let before = bodies[pair.lineage] ?? pair.destination?.body else { return }
        var after = before
        var changes: [FieldChange] = []
        after["Tags"] = .array(
            (before["Tags"]?.arrayValue ?? []).filter { tag in
                let name = tag["Name"]?.stringValue ?? ""
                guard names.contains(EntityKey.folded(name)) else { return true }
                changes.append(FieldChange(path: "Tags/\(name)", from: tag, to: .null, rule: "removed at the source"))
                return false
            }
        )
        guard !changes.isEmpty else { return }
        let operation = Operation(
            phase: .deletes,
            action: .update,
            key: pair.finalKey,
            lineage: pair.lineage,
            fields: changes,
            after: after,
            sourceHash: Fingerprint.hash(body: pair.source.body),
            hashBefore: Fingerprint.hash(body: before),
            hashAfter: Fingerprint.hash(body: after),
            risks: [.delete]
        )
        bodies[pair.lineage] = after
        add(operation, finalKey: pair.finalKey, after: deletions)
    }

    /// A tag that stays for now is still gone at the source: the next plan looks at it again.
    private func remember(keptTags names: [String], of pair: Pair) {
        guard var tags = records[pair.lineage]?.base["Tags"]?.arrayValue else { return }
        let kept = Set(names.map(EntityKey.folded))
        let postponed = Set((postponedTags[pair.source.key] ?? []).map(EntityKey.folded))
        let present = Self.names(.array(tags))
        tags = tags.filter { tag in
            let name = EntityKey.folded(tag["Name"]?.stringValue ?? "")
            return !postponed.contains(name) || kept.contains(name)
        }
        for tag in pair.destination?.body["Tags"]?.arrayValue ?? [] {
            let name = EntityKey.folded(tag["Name"]?.stringValue ?? "")
            if kept.contains(name), !present.contains(name) { tags.append(tag) }
        }
        records[pair.lineage]?.base["Tags"] = .array(tags)
    }
}
