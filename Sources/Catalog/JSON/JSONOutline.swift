/// A JSON text of which long lists are made element by element while it is written, so that it never has to be in memory
/// as a whole.
public enum JSONOutline {
    case value(JSON)
    indirect case object([(key: String, value: JSONOutline)])
    case list(count: Int, element: (Int) -> JSON)

    public static func list<Element>(_ elements: [Element], _ json: @escaping (Element) -> JSON) -> JSONOutline {
        .list(count: elements.count) { json(elements[$0]) }
    }

    /// What `JSON.canonicalBytes` of the same value would be, in pieces.
    public func forEachCanonicalPiece(_ take: ([UInt8]) throws -> Void) rethrows {
        var pieces = Pieces()
        try writeCanonical(&pieces, take)
        try pieces.drain(take)
    }

    /// What `JSON.prettyText(sorted: true)` of the same value would be, in pieces.
    public func forEachPrettyPiece(_ take: ([UInt8]) throws -> Void) rethrows {
        var pieces = Pieces()
        try writePretty(&pieces, 0, take)
        try pieces.drain(take)
    }

    private struct Pieces {
        static let size = 1 << 16
        var buffer: [UInt8] = []

        mutating func drain(_ take: ([UInt8]) throws -> Void) rethrows {
            if !buffer.isEmpty { try take(buffer) }
            buffer.removeAll(keepingCapacity: true)
        }

        mutating func drainWhenFull(_ take: ([UInt8]) throws -> Void) rethrows {
            if buffer.count >= Self.size { try drain(take) }
        }
    }

    private func writeCanonical(_ pieces: inout Pieces, _ take: ([UInt8]) throws -> Void) rethrows {
        switch self {
        case .value(let value): value.write(into: &pieces.buffer, sorted: true)
        case .object(let members):
            pieces.buffer.append(UInt8(ascii: "{"))
            for (place, member) in Self.sorted(members).enumerated() {
                if place > 0 { pieces.buffer.append(UInt8(ascii: ",")) }
                JSON.writeString(member.key, into: &pieces.buffer)
                pieces.buffer.append(UInt8(ascii: ":"))
                try member.value.writeCanonical(&pieces, take)
            }
            pieces.buffer.append(UInt8(ascii: "}"))
        case .list(let count, let element):
            pieces.buffer.append(UInt8(ascii: "["))
            for index in 0..<count {
                if index > 0 { pieces.buffer.append(UInt8(ascii: ",")) }
                element(index).write(into: &pieces.buffer, sorted: true)
                try pieces.drainWhenFull(take)
            }
            pieces.buffer.append(UInt8(ascii: "]"))
        }
    }

    private func writePretty(
        _ pieces: inout Pieces,
        _ indentation: Int,
        _ take: ([UInt8]) throws -> Void
    ) rethrows {
        switch self {
        case .object(let members) where !members.isEmpty:
            pieces.buffer.append(UInt8(ascii: "{"))
            for (place, member) in Self.sorted(members).enumerated() {
                if place > 0 { pieces.buffer.append(UInt8(ascii: ",")) }
                pieces.buffer.appendNewLine(indentation + 1)
                JSON.writeString(member.key, into: &pieces.buffer)
                pieces.buffer.append(UInt8(ascii: ":"))
                pieces.buffer.append(UInt8(ascii: " "))
                try member.value.writePretty(&pieces, indentation + 1, take)
            }
            pieces.buffer.appendNewLine(indentation)
            pieces.buffer.append(UInt8(ascii: "}"))
        case .list(let count, let element) where count > 0:
            pieces.buffer.append(UInt8(ascii: "["))
            for index in 0..<count {
                if index > 0 { pieces.buffer.append(UInt8(ascii: ",")) }
                pieces.buffer.appendNewLine(indentation + 1)
                element(index).writePretty(into: &pieces.buffer, indentation: indentation + 1, sorted: true)
                try pieces.drainWhenFull(take)
            }
            pieces.buffer.appendNewLine(indentation)
            pieces.buffer.append(UInt8(ascii: "]"))
        default: json.writePretty(into: &pieces.buffer, indentation: indentation, sorted: true)
        }
    }

    private static func sorted(_ members: [(key: String, value: JSONOutline)]) -> [(key: String, value: JSONOutline)] {
        members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// The whole as a value.
    public var json: JSON {
        switch self {
        case .value(let value): value
        case .object(let members): .object(JSONObject(members.map { ($0.key, $0.value.json) }))
        case .list(let count, let element): .array((0..<count).map(element))
        }
    }
}
