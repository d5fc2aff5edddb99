import Catalog
import Foundation

/// The last look at a document before it leaves: it must hold no id that only the source knows.
///
/// Free text may quote ids, which then mean nothing; everything else is searched, fields that no description knows
/// and JSON inside strings included.
struct Tripwire: Sendable {
    private var foreign: Set<String>

    init(sourceIDs: Set<String>, destinationIDs: Set<String>) { foreign = sourceIDs.subtracting(destinationIDs) }

    /// The destination has made something of its own: its ids may be those of other things at the source.
    mutating func allow(_ document: JSON) {
        switch document {
        case .array(let elements): for element in elements { allow(element) }
        case .object(let object):
            for (name, member) in object {
                if name == "Id", let id = member.stringValue { foreign.remove(id) } else { allow(member) }
            }
        default: break
        }
    }

    /// The first leaked id, if there is one.
    func leak(in body: JSON, kind: Kind) -> String? {
        guard !foreign.isEmpty else { return nil }
        let withoutText = kind.shape.rewriting(body) { site in
            if case .text = site.content { return .null }
            return site.value
        }
        return leak(in: withoutText)
    }

    private func leak(in value: JSON) -> String? {
        switch value {
        case .string(let text): return leak(in: text)
        case .array(let elements): return elements.lazy.compactMap { leak(in: $0) }.first
        case .object(let object):
            return object.lazy.compactMap { key, member in leak(in: key) ?? leak(in: member) }.first
        case .null, .bool, .int, .decimal: return nil
        }
    }

    private func leak(in text: String) -> String? {
        if foreign.contains(text) { return text }
        return text.utf8.split { !Self.isPartOfID($0) }.lazy.compactMap { word in
            guard let word = String(word), foreign.contains(word) else { return nil }
            return word
        }.first
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
