import Catalog

/// The last check before a plan exists: no text that goes out may hold an id of the source (`sync.md` 2.4).
extension Planner {
    func checkForLeakedIDs() {
        let scan = LeakScan(planner: self)
        for draft in drafts where draft.operation.action != .delete { scan.check(draft.operation) }
    }
}

private struct LeakScan {
    let planner: Planner

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
        case .array(let elements): return elements.contains { mentionsForeignID($0) }
        case .object(let object):
            return object.members.contains { mentionsForeignID($0.key) || mentionsForeignID($0.value) }
        case .null, .bool, .int, .decimal: return false
        }
    }

    private func mentionsForeignID(_ text: String) -> Bool { Self.tokens(of: text).contains { isForeign($0) } }

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

    /// Runs of the characters that ids are made of. Every id has a dash. Scripts are long: bytes, not characters.
    private static func tokens(of text: String) -> [String] {
        var tokens: [String] = []
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            var hasDash = false
            for position in 0...bytes.count {
                let byte = position < bytes.count ? bytes[position] : 0
                if isPartOfID(byte) {
                    hasDash = hasDash || byte == UInt8(ascii: "-")
                    continue
                }
                if hasDash { tokens.append(String(decoding: bytes[start..<position], as: UTF8.self)) }
                start = position + 1
                hasDash = false
            }
        }
        return tokens
    }

    private static func isPartOfID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
