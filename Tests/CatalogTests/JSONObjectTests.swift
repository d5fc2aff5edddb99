import Catalog
import Testing

@Suite("Objects: their order when sorted, and their identity")
struct JSONObjectTests {
    @Test("canonical texts sort members by the bytes of their keys, however alike those are and however many")
    func canonicalOrder() throws {
        var random = SystemRandomNumberGenerator()
        let pieces = ["", "a", "b", "Octopus.", "Octopus.Action.", "\u{0}", "é", "e\u{301}", "日本", "-", "z"]
        for _ in 0..<2_000 {
            var object = JSONObject()
            for number in 0..<Int.random(in: 0...45, using: &random) {
                let key = (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in
                    pieces.randomElement(using: &random)
                }
                object[key.joined()] = .int(number)
            }
            let expected = object.keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            let found = try JSON.parse(JSON.object(object).canonicalBytes).objectValue?.keys
            #expect(found == expected)
        }
    }

    @Test("other values keep keys and order, in small objects and in large ones", arguments: [3, 60])
    func mappedValues(_ count: Int) {
        let object = JSONObject((0..<count).map { ("key \($0)", .int($0)) })
        let doubled = object.mapValues { key, value in .string("\(key) \(value.intValue ?? 0)") }
        #expect(doubled.keys == object.keys)
        for number in 0..<count { #expect(doubled["key \(number)"] == .string("key \(number) \(number)")) }
        #expect(doubled["key"] == nil)
    }

    @Test("a copy is the same object until one of the two is changed")
    func identity() {
        let object: JSONObject = ["a": 1, "b": 2]
        var copy = object
        #expect(copy.identity == object.identity)
        copy["b"] = 2
        #expect(copy.identity != object.identity)
        #expect(copy == object)
        let equal: JSONObject = ["b": 2, "a": 1]
        #expect(equal.identity != object.identity)
        #expect(equal == object)
    }
}
