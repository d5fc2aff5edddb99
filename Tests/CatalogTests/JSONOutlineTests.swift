import Catalog
import Testing

@Suite("JSON that is made while it is written")
struct JSONOutlineTests {
    static let long = (0..<20_000).map { JSON.object(["b": .int($0), "a": ["x", .null, .string("text \($0)")]]) }

    static var outline: JSONOutline {
        .object([
            ("second", .value(["z": 1, "y": [:], "x": []])),
            ("first", .list(long) { $0 }),
            ("nothing", .list([JSON]()) { $0 }),
            ("inner", .object([("only", .value("ä\n")), ("none", .object([]))])),
        ])
    }

    @Test("its pieces are the canonical text of the whole")
    func canonical() {
        var pieces: [[UInt8]] = []
        Self.outline.forEachCanonicalPiece { pieces.append($0) }
        #expect(Array(pieces.joined()) == Self.outline.json.canonicalBytes)
        #expect(pieces.count > 2)
    }

    @Test("its pieces are the pretty text of the whole")
    func pretty() {
        var pieces: [[UInt8]] = []
        Self.outline.forEachPrettyPiece { pieces.append($0) }
        #expect(String(decoding: pieces.joined(), as: UTF8.self) == Self.outline.json.prettyText(sorted: true))
    }

    @Test("no piece is much larger than its largest element")
    func bounded() {
        Self.outline.forEachPrettyPiece { #expect($0.count < 1 << 17) }
    }
}
