import Catalog

/// Which part of a source document is which of its counterpart, and what each is called in the end.
///
/// Steps, actions, tags and the like are known by remembered ids, so that a new name is a rename and not another part
/// (E-13). Paths in dictionaries are folded.
struct PartAlignment {
    struct Rename {
        var path: [String]
        var base: String?
        var from: String
        var to: String
        var rule: String
    }

    struct Dispute {
        var code: String
        var path: [String]
        var base: String?
        var source: String
        var destination: String
        var message: String
    }

    /// Names in the end of parts that are called otherwise now, by where they are on each side.
    var sourceNames: [[String]: String] = [:]
    var destinationNames: [[String]: String] = [:]
    var baseNames: [[String]: String] = [:]
    /// Where source parts are in the end that are elsewhere at the source.
    var finalPaths: [[String]: [String]] = [:]
    /// Where parts of the destination are now that are elsewhere in the end. Paths are as they are written.
    var moves: [(from: [String], to: [String])] = []
    /// Source parts that a document of the destination does not have yet.
    var newParts: Set<[String]> = []

    var renames: [Rename] = []
    var disputes: [Dispute] = []
    /// Parts that only the destination calls by another name; they keep it.
    var drifts: [[String]] = []
    /// Lists of parts in which two would end up with one name.
    var blocked: Set<String> = []
    /// What to remember, by the names that the source uses.
    var parts: [SyncState.Part] = []

    func rename(ofField name: String) -> [Rename] { renames.filter { $0.path.first == name } }

    var partRenames: [PartRename] { renames.map { PartRename(path: $0.path, formerName: $0.from) } }
}

/// Pairs the parts of two documents, outer ones before inner ones.
struct PartAligner {
    let isExact: Bool
    /// The name in the end, when a person or the policy settles a rename on both sides.
    let settle: (PartAlignment.Dispute) -> String?
    private let sourceIDs: [[String]: String]
    private let destinationIDs: [[String]: String]
    /// Remembered parts by the folded path of the list in which they are.
    private let memory: [[String]: [SyncState.Part]]
    private(set) var result = PartAlignment()

    init(_ pair: Pair, shape: Shape, isExact: Bool, settle: @escaping (PartAlignment.Dispute) -> String?) {
        self.isExact = isExact
        self.settle = settle
        sourceIDs = Parts.ids(pair.source.partIDs, of: pair.source.body, shape)
        destinationIDs = pair.destination.map { Parts.ids($0.partIDs, of: $0.body, shape) } ?? [:]
        memory = Dictionary(grouping: pair.record?.parts ?? []) { Parts.folded($0.path.dropLast()) }
    }

    /// Where a list is on the three sides, and in the end.
    private struct Place {
        var source: [String]
        var destination: [String]?
        var base: [String]?
        var final: [String]

        func inner(_ name: String) -> Place {
            Place(
                source: source + [name],
                destination: destination.map { $0 + [name] },
                base: base.map { $0 + [name] },
                final: final + [name]
            )
        }
    }

    private struct Element {
        var name: String
        var id: String
        var body: JSON
        var folded: String
    }

    private struct Match {
        var destination: Int?
        var part: SyncState.Part?
    }

    mutating func align(_ field: Field, source: JSON, destination: JSON?) {
        guard let shape = Parts.shape(of: field) else { return }
        let name = field.name
        let place = Place(source: [name], destination: destination.map { _ in [name] }, base: [name], final: [name])
        align(shape, source, destination, place)
    }

    private mutating func align(_ shape: Shape, _ source: JSON, _ destination: JSON?, _ place: Place) {
        let mine = elements(source, place.source, sourceIDs)
        let theirs = place.destination.map { elements(destination ?? [], $0, destinationIDs) } ?? []
        let known = place.base.flatMap { memory[Parts.folded($0)] } ?? []
        var matches = pair(mine, theirs, known)
        releaseNamesOfOrphans(&matches, mine, theirs, known)
        let names = finalNames(mine, theirs, matches, place)
        for (index, element) in mine.enumerated() {
            settle(element, matches[index], theirs, names[index], place, shape)
        }
    }

    private func elements(_ list: JSON, _ path: [String], _ ids: [[String]: String]) -> [Element] {
        let folded = Parts.folded(path)
        return (list.arrayValue ?? []).map { body in
            let name = body["Name"]?.stringValue ?? ""
            let key = EntityKey.folded(name)
            return Element(name: name, id: ids[folded + [key]] ?? "", body: body, folded: key)
        }
    }

    // MARK: - Who is who

    private func pair(_ mine: [Element], _ theirs: [Element], _ known: [SyncState.Part]) -> [Match] {
        var matches = [Match](repeating: Match(), count: mine.count)
        var claimed: Set<Int> = []
        let living = Set(mine.map(\.id))
        for (index, element) in mine.enumerated() {
            // A part that was made anew under its old name is the same to people.
            let part =
                known.first { !element.id.isEmpty && $0.sourceID == element.id }
                ?? known.first { !living.contains($0.sourceID) && EntityKey.folded($0.name) == element.folded }
            matches[index].part = part
            guard let part, !part.destinationID.isEmpty,
                let found = theirs.firstIndex(where: { $0.id == part.destinationID }), claimed.insert(found).inserted
            else { continue }
            matches[index].destination = found
        }
        for (index, element) in mine.enumerated() where matches[index].destination == nil {
            guard let found = theirs.indices.first(where: { theirs[$0].folded == element.folded }),
                claimed.insert(found).inserted
            else { continue }
            matches[index].destination = found
        }
        for index in mine.indices where matches[index].destination == nil {
            guard let name = matches[index].part.map({ EntityKey.folded($0.name) }),
                !mine.contains(where: { $0.folded == name }),
                let found = theirs.indices.first(where: { theirs[$0].folded == name }), claimed.insert(found).inserted
            else { continue }
            matches[index].destination = found
        }
        return matches
    }

    /// A part took the name of one that is gone at the source: it takes that one's place, too.
    private func releaseNamesOfOrphans(
        _ matches: inout [Match],
        _ mine: [Element],
        _ theirs: [Element],
        _ known: [SyncState.Part]
    ) {
        let claimed = Set(matches.compactMap(\.destination))
        let living = Set(mine.map(\.id))
        for (index, element) in mine.enumerated() {
            guard let current = matches[index].destination, theirs[current].folded != element.folded,
                let holder = theirs.indices.first(where: { theirs[$0].folded == element.folded }),
                !claimed.contains(holder),
                let orphan = known.first(where: { $0.isCounterpart(theirs[holder].id, theirs[holder].folded) }),
                !living.contains(orphan.sourceID)
            else { continue }
            matches[index] = Match(destination: holder, part: orphan)
        }
    }

    // MARK: - Names

    private mutating func finalNames(
        _ mine: [Element],
        _ theirs: [Element],
        _ matches: [Match],
        _ place: Place
    ) -> [String] {
        var names = mine.enumerated().map { index, element in
            finalName(element, matches[index], theirs, place)
        }
        let claimed = Set(matches.compactMap(\.destination))
        let own = Set(theirs.indices.filter { !claimed.contains($0) }.map { theirs[$0].folded })
        for (index, match) in matches.enumerated() {
            guard let current = match.destination, own.contains(EntityKey.folded(names[index])) else { continue }
            let path = place.final + [theirs[current].name]
            dispute(
                "name-taken",
                path,
                match.part?.name,
                mine[index].name,
                theirs[current].name,
                "is to be renamed to '\(names[index])', but the destination has another of that name"
            )
            names[index] = theirs[current].name
        }
        let all = names.map(EntityKey.folded) + own
        if Set(all).count < all.count, let field = place.final.first {
            let message = "two parts of the list would have one name; rename one of them"
            dispute("name-taken", place.final, nil, "", "", message)
            result.blocked.insert(field)
        }
        return names
    }

    private mutating func finalName(_ element: Element, _ match: Match, _ theirs: [Element], _ place: Place) -> String {
        guard let current = match.destination.map({ theirs[$0] }) else { return element.name }
        if current.folded == element.folded { return current.name }
        let base = match.part?.name
        let known = base.map(EntityKey.folded)
        let path = place.final + [current.name]
        if known == current.folded { return element.name }
        if known == element.folded {
            if isExact { return element.name }
            result.drifts.append(path + ["Name"])
            return current.name
        }
        let dispute = PartAlignment.Dispute(
            code: "both-changed",
            path: path + ["Name"],
            base: base,
            source: element.name,
            destination: current.name,
            message: "renamed differently on both sides"
        )
        if let name = settle(dispute) { return name }
        result.disputes.append(dispute)
        return current.name
    }

    private mutating func dispute(
        _ code: String,
        _ path: [String],
        _ base: String?,
        _ source: String,
        _ destination: String,
        _ message: String
    ) {
        result.disputes.append(
            PartAlignment.Dispute(
                code: code,
                path: path + ["Name"],
                base: base,
                source: source,
                destination: destination,
                message: message
            )
        )
    }

    // MARK: - One part

    private mutating func settle(
        _ element: Element,
        _ match: Match,
        _ theirs: [Element],
        _ name: String,
        _ place: Place,
        _ shape: Shape
    ) {
        let current = match.destination.map { theirs[$0] }
        let source = place.source + [element.name]
        let final = place.final + [name]
        let folded = Parts.folded(source)
        let foldedFinal = Parts.folded(final)
        if foldedFinal != folded { result.finalPaths[folded] = final }
        if EntityKey.folded(name) != element.folded { result.sourceNames[folded] = name }
        if let part = match.part, let base = place.base, EntityKey.folded(part.name) != EntityKey.folded(name) {
            result.baseNames[Parts.folded(base + [part.name])] = name
        }
        if current == nil { result.newParts.insert(folded) }
        if let current, let path = place.destination {
            let now = path + [current.name]
            if Parts.folded(now) != foldedFinal { result.moves.append((now, final)) }
            if current.folded != EntityKey.folded(name) {
                result.destinationNames[Parts.folded(now)] = name
                let rule = isExact && match.part.map { EntityKey.folded($0.name) } == element.folded
                result.renames.append(
                    PartAlignment.Rename(
                        path: final,
                        base: match.part?.name,
                        from: current.name,
                        to: name,
                        rule: rule ? "exact: change of the destination reverted" : "renamed at the source"
                    )
                )
            }
        }
        result.parts.append(
            SyncState.Part(
                path: source,
                sourceID: element.id,
                destinationID: current?.id ?? match.part?.destinationID ?? ""
            )
        )
        for field in shape.fields {
            guard let inner = Parts.shape(of: field) else { continue }
            let nested = Place(
                source: source,
                destination: current.flatMap { current in place.destination.map { $0 + [current.name] } },
                base: place.base.map { $0 + [match.part?.name ?? element.name] },
                final: final
            ).inner(field.name)
            align(inner, element.body[field.name] ?? [], current?.body[field.name], nested)
        }
    }
}

extension SyncState.Part {
    /// Its own name when both sides last agreed.
    var name: String { path.last ?? "" }

    fileprivate func isCounterpart(_ id: String, _ foldedName: String) -> Bool {
        destinationID.isEmpty || id.isEmpty ? EntityKey.folded(name) == foldedName : destinationID == id
    }
}

extension Planner {
    /// Pairs the parts of everything whose fields are compared; others then know them by their names in the end.
    func alignParts() {
        for key in planned {
            guard let pair = pairs[key], pair.isAvailable, let treatment = treatment(of: key) else { continue }
            let shape = treatment.parts
            let isWanted = { (field: Field) in self.isCompared(field, treatment) }
            guard shape.lists.contains(where: { isWanted($0.field) }) else { continue }
            let mine = PartList(pair.source, shape, where: isWanted)
            let theirs = pair.destination.map { PartList($0, shape, where: isWanted) }
            if let parts = PartList.plain(mine, theirs, pair.record?.parts ?? []) {
                alignments[key] = PartAlignment(parts: parts)
                continue
            }
            let alignment = alignment(pair, treatment, shape.lists.map(\.field).filter(isWanted))
            alignments[key] = alignment
            publishNames(of: alignment, pair)
        }
    }

    private func alignment(_ pair: Pair, _ treatment: Treatment, _ fields: [Field]) -> PartAlignment {
        var aligner = PartAligner(
            pair,
            shape: treatment.kind.shape,
            isExact: heals(treatment),
            settle: { self.settledName($0, pair.finalKey) }
        )
        for field in fields {
            let destination = pair.destination.map { $0.body[field.name] ?? [] }
            aligner.align(field, source: pair.source.body[field.name] ?? [], destination: destination)
        }
        return aligner.result
    }

    private func settledName(_ dispute: PartAlignment.Dispute, _ key: EntityKey) -> String? {
        let path = dispute.path.joined(separator: "/")
        let conflict = Conflict(
            id: Conflict.id(dispute.code, key, path),
            code: dispute.code,
            key: key,
            path: path,
            base: dispute.base.map(JSON.string),
            source: .string(dispute.source),
            destination: .string(dispute.destination),
            message: dispute.message
        )
        return settlement(of: conflict)?.value.stringValue
    }

    private func publishNames(of alignment: PartAlignment, _ pair: Pair) {
        for (source, final) in alignment.finalPaths {
            guard let key = pair.source.key.part(source), let new = pair.finalKey.part(final) else { continue }
            partKeys[key] = new
        }
        for move in alignment.moves {
            guard let old = pair.destination?.key.part(move.from), let new = pair.finalKey.part(move.to) else {
                continue
            }
            renames[old] = new
        }
    }
}
