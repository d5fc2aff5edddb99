import Catalog

/// The last check before a plan exists: no text that goes out may hold an id of the source (`sync.md` 2.4).
extension Planner {
    func checkForLeakedIDs() {
        let scan = LeakScan(planner: self, filter: IDFilter(source.replica.keysByID.keys))
        for draft in drafts where draft.operation.action != .delete { scan.check(draft.operation) }
    }
}

private struct LeakScan {
    let planner: Planner
    let filter: IDFilter

    func check(_ operation: Operation) {
        // Nearly all documents mention no id at all, and to see that needs no paths.
        guard mentionsForeignID(operation.after) else { return }
        var known = Set<String>()
        // What the destination itself has is not leaked.
        let pairKey = planner.keysByLineage[operation.lineage]
        if let pairKey, let before = planner.pairs[pairKey]?.destination?.body {
            Self.strings(before) { known.insert($0) }
        }
        var body = operation.after
        if let shape = planner.treatments[operation.key.kind]?.kind.shape {
            body = shape.rewriting(body) { site in
                guard case .text = site.content else { return site.value }
                note(site.value, site.path, known, operation.key)
                return .null
            }
        }
        walk(body, []) { text, path in
            if known.contains(text) { return }
            for token in Self.tokens(of: text) where isForeign(token) {
                planner.conflict(
                    "untranslated-reference",
                    operation.key,
                    path.joined(separator: "/"),
                    source: .string(token),
                    "'\(token)' is an id of the source; what it refers to is not known to be a reference"
                )
            }
        }
    }

    /// Looks at more than `check` reports: names and texts of every sort.
    private func mentionsForeignID(_ value: JSON) -> Bool {
        switch value {
        case .string(let text): return mentionsForeignID(text)
        // By position: a copy of each element would cost as much as the look at it.
        case .array(let elements):
            return elements.indices.contains { mentionsForeignID(elements[$0]) }
        case .object(let object):
            let members = object.members
            return members.indices.contains {
                mentionsForeignID(members[$0].key) || mentionsForeignID(members[$0].value)
            }
        case .null, .bool, .int, .decimal: return false
        }
    }

    private func mentionsForeignID(_ text: String) -> Bool {
        filter.mayMention(text) && Self.tokens(of: text).contains { isForeign($0) }
    }

    /// Free text may quote ids, where they mean nothing; a person should still know.
    private func note(_ value: JSON, _ path: [String], _ known: Set<String>, _ key: EntityKey) {
        guard let text = value.stringValue, !known.contains(text) else { return }
        for token in Self.tokens(of: text) where isForeign(token) {
            planner.notice(
                "id-in-text",
                key,
                path.joined(separator: "/"),
                "the text mentions '\(token)', an id of the source"
            )
        }
    }

    private func isForeign(_ token: String) -> Bool {
        guard let key = planner.source.replica.keysByID[token] else { return false }
        guard let same = planner.destination.replica.keysByID[token] else { return true }
        if case .keys(let keys) = planner.resolve(key) { return !keys.contains(same) }
        return true
    }

    private static func strings(_ value: JSON, _ visit: (String) -> Void) {
        switch value {
        case .string(let text): visit(text)
        case .array(let elements): for element in elements { strings(element, visit) }
        case .object(let object): for (_, member) in object { strings(member, visit) }
        default: break
        }
    }

    /// Names inside references are names, whatever they look like.
    private func walk(_ value: JSON, _ path: [String], _ visit: (String, [String]) -> Void) {
        switch value {
        case .string(let text): visit(text, path)
        case .array(let elements):
            for (position, element) in elements.enumerated() {
                walk(element, path + [element["Name"]?.stringValue ?? String(position)], visit)
            }
        case .object(let object):
            if case .resolved = NormalReference(json: value) { return }
            for (name, member) in object {
                // A document's own name is what people chose.
                if path.isEmpty && name == "Name" { continue }
                if !path.isEmpty { visit(name, path) }
                walk(member, path + [name], visit)
            }
        default: break
        }
    }

    private static func tokens(of text: String) -> [String] {
        var tokens: [String] = []
        IDFilter.forEachToken(of: text) { bytes in
            tokens.append(String(decoding: bytes, as: UTF8.self))
            return false
        }
        return tokens
    }
}

/// Tells quickly that a text mentions none of many ids: scripts are long, and nearly none mentions one.
struct IDFilter {
    /// One bit for each length, first and last byte that some id has.
    private var bits = [Bool](repeating: false, count: 1 << 14)

    init(_ ids: some Sequence<String>) {
        for var id in ids { id.withUTF8 { if !$0.isEmpty { bits[Self.place($0)] = true } } }
    }

    /// False when no token of the text is an id; true says nothing.
    func mayMention(_ text: String) -> Bool {
        Self.forEachToken(of: text) { bits[Self.place($0)] }
    }

    private static func place(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let (first, last) = (Int(bytes[0]), Int(bytes[bytes.count - 1]))
        return (bytes.count &* 0x9E5 ^ first &* 0x35 ^ last &* 0x1F3) & 0x3FFF
    }

    /// Runs of the characters that ids are made of, until one is taken. Every id has a dash.
    ///
    /// - Returns: whether one was taken.
    @discardableResult
    static func forEachToken(of text: String, _ take: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard let first = bytes.firstIndex(of: UInt8(ascii: "-")) else { return false }
            var start = first
            while start > 0, isPartOfID[Int(bytes[start - 1])] { start -= 1 }
            var hasDash = false
            for position in start...bytes.count {
                let byte = position < bytes.count ? bytes[position] : 0
                if isPartOfID[Int(byte)] {
                    hasDash = hasDash || byte == UInt8(ascii: "-")
                    continue
                }
                if hasDash, take(UnsafeBufferPointer(rebasing: bytes[start..<position])) { return true }
                start = position + 1
                hasDash = false
            }
            return false
        }
    }

    private static let isPartOfID: [Bool] = (0..<256).map { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
