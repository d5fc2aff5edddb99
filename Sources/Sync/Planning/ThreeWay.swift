import Catalog

/// The comparison of one field: what both sides agreed on, what the source has, what the destination has, all in the
/// destination's terms (`sync.md` 2.7).
struct ThreeWay {
    struct Rules {
        /// The sides are to be equal: a difference on first meeting is nobody's choice.
        var isExact = false
        /// Changes of the destination are settled in favour of the source.
        var reverts = false
        var onAdopt: Policy.OnDifference?
        /// The document is being created: the destination has no say yet.
        var isNew = false
        /// Elements that only the destination has stay, even where the source wins.
        var keepsExtras = false
        var extraSteps = Policy.ExtraSteps.keep
        /// Elements that are gone at the source are switched off instead of taken away.
        var disablesRemoved = false
        /// Entries of the destination that stay as they are although the source sends none for them: by their folded
        /// names and those of the entries that they are in, outer ones first.
        var leftAlone: Set<[String]> = []
        /// Paths of entries that the source took away and that stay, because that was decided when both sides had
        /// changed; folded.
        var wanted: Set<[String]> = []
        /// A restriction of which the sides together leave nothing may become none.
        var mayWiden = false
    }

    struct Dispute: Hashable {
        var code: String
        var path: String
        var base: JSON?
        var source: JSON
        var destination: JSON
        var message: String
    }

    var rules: Rules
    /// What a person or the policy says about a disagreement; nil leaves it one.
    var settle: ((Dispute) -> Settlement?)?
    private(set) var changes: [FieldChange] = []
    private(set) var disputes: [Dispute] = []
    /// Paths at which the destination's own change is kept.
    private(set) var drifts: [String] = []
    /// Paths at which the first meeting leaves the destination as it is.
    private(set) var keptOnAdoption: [String] = []
    private(set) var extras: [String] = []
    /// Folded paths of entries that the source took away and that stay by decision.
    private(set) var kept: Set<[String]> = []
    /// A merge of both sides' edits left a restriction empty.
    private(set) var isWidened = false

    init(_ rules: Rules) { self.rules = rules }

    /// Something besides fields that the operation changes.
    mutating func note(_ change: FieldChange) { changes.append(change) }

    /// - Parameter base: nil when the sides never agreed.
    /// - Returns: what the destination has afterwards.
    mutating func merge(_ type: FieldType, base: JSON?, source: JSON, destination: JSON, path: [String]) -> JSON {
        if source == destination { return destination }
        switch type {
        case .names: return set(base, source, destination, path, nil)
        case .reference(let reference) where reference.isMany:
            return set(base, source, destination, path, reference)
        case .object(let shape), .optionalObject(let shape):
            guard case .object(let mine) = source, case .object(let theirs) = destination else { break }
            return .object(members(shape, base?.objectValue, mine, theirs, path))
        case .map(_, let element):
            guard case .object(let mine) = source, case .object(let theirs) = destination else { break }
            if fills(base, theirs.isEmpty) { return take(source, base, destination, path, "filled from the source") }
            return .object(map(element, base?.objectValue, mine, theirs, path))
        case .properties:
            guard case .object(let mine) = source, case .object(let theirs) = destination else { break }
            return .object(map(.propertyValue, base?.objectValue, mine, theirs, path))
        case .entries(let shape, let key, _):
            guard let mine = KeyedList(source, key), let theirs = KeyedList(destination, key) else { break }
            if fills(base, theirs.isEmpty) { return take(source, base, destination, path, "filled from the source") }
            let agreed = base.flatMap { KeyedList($0, key) }
            return entries(shape, key, agreed, mine, theirs, path)
        default: break
        }
        return scalar(base, source, destination, path)
    }

    /// Nothing agreed yet and nothing there: an empty collection at the destination is not a decision.
    private func fills(_ base: JSON?, _ isEmpty: Bool) -> Bool { base == nil && isEmpty && !rules.isExact }

    // MARK: - Whole values

    private mutating func scalar(_ base: JSON?, _ source: JSON, _ destination: JSON, _ path: [String]) -> JSON {
        if source == destination { return destination }
        if rules.isNew { return take(source, nil, destination, path, "new") }
        guard let base else { return adopt(source, destination, path) }
        if base == destination { return take(source, base, destination, path, "changed at the source") }
        if base == source {
            if rules.reverts, !isDecided(base, source, destination, path) {
                return take(source, base, destination, path, "heal: change of the destination reverted")
            }
            drifts.append(path.joined(separator: "/"))
            return destination
        }
        return dispute("both-changed", base, source, destination, path, "changed differently on both sides")
    }

    private mutating func adopt(_ source: JSON, _ destination: JSON, _ path: [String]) -> JSON {
        switch rules.onAdopt ?? (rules.isExact ? .stop : .destination) {
        case .source: return take(source, nil, destination, path, "onAdoptDifference: source")
        case .destination:
            keptOnAdoption.append(path.joined(separator: "/"))
            return destination
        case .stop, .ask:
            let message = "the sides meet for the first time and differ"
            return record("adopt-difference", nil, source, destination, path, message)
        }
    }

    mutating func take(_ source: JSON, _ base: JSON?, _ destination: JSON, _ path: [String], _ rule: String) -> JSON {
        changes.append(
            FieldChange(path: path.joined(separator: "/"), base: base, from: destination, to: source, rule: rule)
        )
        return source
    }

    private mutating func dispute(
        _ code: String,
        _ base: JSON?,
        _ source: JSON,
        _ destination: JSON,
        _ path: [String],
        _ message: String
    ) -> JSON {
        record(code, base, source, destination, path, message)
    }

    /// A person looked at this very difference and wanted it.
    private func isDecided(_ base: JSON?, _ source: JSON, _ destination: JSON, _ path: [String]) -> Bool {
        let dispute = Dispute(
            code: Settlement.driftCode,
            path: path.joined(separator: "/"),
            base: base,
            source: source,
            destination: destination,
            message: ""
        )
        return settle?(dispute) != nil
    }

    private mutating func record(
        _ code: String,
        _ base: JSON?,
        _ source: JSON,
        _ destination: JSON,
        _ path: [String],
        _ message: String
    ) -> JSON {
        let isOrder = code == "both-changed" && path.last == "@order"
        let dispute = Dispute(
            code: isOrder ? "order" : code,
            path: path.joined(separator: "/"),
            base: base,
            source: source,
            destination: destination,
            message: isOrder ? "put into another order on both sides" : message
        )
        if let settled = settle?(dispute) {
            return settled.value == destination
                ? destination : take(settled.value, base, destination, path, settled.rule)
        }
        disputes.append(dispute)
        return destination
    }

    // MARK: - Sets

    private mutating func set(
        _ base: JSON?,
        _ source: JSON,
        _ destination: JSON,
        _ path: [String],
        _ reference: Reference?
    ) -> JSON {
        guard case .array(let mine) = source, case .array(let theirs) = destination else {
            return scalar(base, source, destination, path)
        }
        let isOrdered = reference?.format == .orderedList
        let (wanted, present) = (Set(mine), Set(theirs))
        if wanted == present, !isOrdered { return destination }
        guard !rules.reverts, !rules.isNew else { return scalar(base, source, destination, path) }
        // What a person attached at the destination stays attached, also where the source wins the first meeting.
        let attaches = isOrdered && base == nil && rules.onAdopt == .source && !rules.isExact
        guard let agreed = attaches ? [] : base?.arrayValue else { return scalar(base, source, destination, path) }
        // No elements may mean no restriction: to add to it or to take from it one by one makes no sense then.
        let restricts = reference?.emptyMeansAll ?? false
        if restricts, mine.isEmpty || theirs.isEmpty || agreed.isEmpty {
            return scalar(base, source, destination, path)
        }
        let before = Set(agreed)
        let added = mine.filter { !before.contains($0) && !present.contains($0) }
        let removed = present.intersection(before).subtracting(wanted)
        if present != before, !attaches { drifts.append(path.joined(separator: "/")) }
        let kept = theirs.filter { !removed.contains($0) }
        let takesOrder = isOrdered && takesOrder(agreed, mine, kept, path)
        if added.isEmpty && removed.isEmpty && !takesOrder { return destination }
        if restricts, kept.isEmpty, added.isEmpty { return emptied(base, source, destination, path) }
        let merged: JSON
        if isOrdered {
            let (first, second) = takesOrder ? (mine, kept) : (kept, mine)
            let all = present.subtracting(removed).union(added)
            merged = .array(Self.weave(first.filter(all.contains), second.filter(all.contains)))
        } else {
            merged = JSON.sortedSet(kept + added)
        }
        return merged == destination
            ? destination : take(merged, base, destination, path, "changed at the source")
    }

    /// Whether the order of what both sides have follows the source: a change on one side is taken, on both sides is a
    /// conflict about the order.
    private mutating func takesOrder(_ agreed: [JSON], _ mine: [JSON], _ theirs: [JSON], _ path: [String]) -> Bool {
        let common = Set(mine).intersection(theirs)
        let (wanted, present) = (mine.filter(common.contains), theirs.filter(common.contains))
        if wanted == present { return false }
        let base = agreed.isEmpty ? JSON?.none : JSON.array(agreed.filter(common.contains))
        return mergeOrder(base: base, source: .array(wanted), destination: .array(present), path) == .array(wanted)
    }

    mutating func mergeOrder(base: JSON?, source: JSON, destination: JSON, _ path: [String]) -> JSON {
        merge(.opaque, base: base, source: source, destination: destination, path: path + ["@order"])
    }

    /// Both sides took elements away until none was left, which would mean "everything".
    private mutating func emptied(_ base: JSON?, _ source: JSON, _ destination: JSON, _ path: [String]) -> JSON {
        if rules.mayWiden {
            isWidened = true
            return take([], base, destination, path, "changed on both sides; nothing is left of the restriction")
        }
        let message = "both sides took elements away until none was left, which would lift the restriction"
        return dispute("widening", base, source, destination, path, message)
    }

    // MARK: - Members

    mutating func members(
        _ shape: Shape,
        _ base: JSONObject?,
        _ source: JSONObject,
        _ destination: JSONObject,
        _ path: [String],
        except skipped: String? = nil
    ) -> JSONObject {
        let fields = Dictionary(shape.fields(of: source).map { ($0.name, $0) }) { first, _ in first }
        var result = destination
        for name in source.keys + destination.keys.filter({ source[$0] == nil }) where name != skipped {
            let field = fields[name]
            if field?.syncOwner == .derived { continue }
            let empty = field?.emptyValue ?? .null
            let (mine, theirs) = (source[name] ?? empty, destination[name] ?? empty)
            let agreed = base.map { $0[name] ?? empty }
            let merged = merge(
                field?.type ?? .opaque,
                base: agreed,
                source: mine,
                destination: theirs,
                path: path + [name]
            )
            if destination[name] != nil || merged != empty { result[name] = merged }
        }
        return result
    }

    /// Members that come and go: an absent one is a value like any other.
    private mutating func map(
        _ type: FieldType,
        _ base: JSONObject?,
        _ source: JSONObject,
        _ destination: JSONObject,
        _ path: [String]
    ) -> JSONObject {
        var result = destination
        for name in source.keys + destination.keys.filter({ source[$0] == nil }) {
            let (mine, theirs) = (source[name] ?? .null, destination[name] ?? .null)
            let merged = merge(
                type,
                base: base.map { $0[name] ?? .null },
                source: mine,
                destination: theirs,
                path: path + [name]
            )
            result[name] = merged.isNull ? JSON?.none : merged
        }
        return result
    }

    // MARK: - Keyed lists

    /// The merge of one element that both sides have.
    mutating func element(
        _ shape: Shape,
        _ key: String,
        _ base: JSON?,
        _ source: JSON,
        _ destination: JSON,
        _ path: [String]
    ) -> JSON {
        guard case .object(let mine) = source, case .object(let theirs) = destination else { return destination }
        return .object(members(shape, base?.objectValue, mine, theirs, path, except: key))
    }

    /// Takes over what was decided about the names of parts.
    mutating func note(_ alignment: PartAlignment, field: String) {
        for rename in alignment.rename(ofField: field) {
            let (from, to) = (JSON.string(rename.from), JSON.string(rename.to))
            _ = take(to, rename.base.map(JSON.string), from, rename.path + ["Name"], rename.rule)
        }
        for path in alignment.drifts where path.first == field { noteDrift(path) }
        for dispute in alignment.disputes where dispute.path.first == field {
            _ = record(
                dispute.code,
                dispute.base.map(JSON.string),
                .string(dispute.source),
                .string(dispute.destination),
                dispute.path,
                dispute.message
            )
        }
    }

    mutating func noteDrift(_ path: [String]) { drifts.append(path.joined(separator: "/")) }

    mutating func noteKept(_ path: [String]) { kept.insert(Parts.folded(path)) }

    mutating func noteExtra(_ path: [String]) { extras.append(path.joined(separator: "/")) }

    /// Settles whether an element stays that one side took away and the other changed.
    mutating func disputeExistence(
        _ base: JSON,
        _ source: JSON,
        _ destination: JSON,
        _ path: [String],
        _ message: String
    ) -> JSON { dispute("both-changed", base, source, destination, path, message) }
}
