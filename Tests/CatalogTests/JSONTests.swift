import Catalog
import Testing

@Suite("JSON values")
struct JSONTests {
    @Test(
        "A text is written as it was read",
        arguments: [
            "null", "true", "0", "-17", "9223372036854775807", "92233720368547758080", "1.50", "1e9", "-0.0",
            #""""#, #""plain""#, #""\"\\\n\t\u0001""#, #""déjà 🦭""#, "[]", "{}", #"[1,[2,[]],{"a":null}]"#,
            #"{"b":1,"a":2}"#,
        ]
    )
    func roundTrip(text: String) throws {
        #expect(try JSON.parse(text).text == text)
    }

    @Test(
        "Escapes mean the same as what they stand for",
        arguments: [
            (#""\u0041\/""#, "A/"), (#""\ud83e\uddad""#, "🦭"), (#""\b\f\r""#, "\u{8}\u{C}\r"), (#""\u00e9""#, "é"),
            (#""\ud800""#, "\u{FFFD}"), (#""\ud800\u0041""#, "\u{FFFD}A"), (#""\udc00""#, "\u{FFFD}"),
        ]
    )
    func escapes(text: String, meaning: String) throws {
        #expect(try JSON.parse(text) == .string(meaning))
    }

    @Test("Members keep their order, and a later one of the same name takes the earlier one's place")
    func order() throws {
        let value = try JSON.parse(#" { "z" : 1 , "a" : 2 , "z" : 3 } "#)
        #expect(value.objectValue?.keys == ["z", "a"])
        #expect(value["z"] == 3)
    }

    @Test("Objects are equal in any order of their members, arrays in one only")
    func equality() throws {
        let left = try JSON.parse(#"{"a":1,"b":[1,2]}"#)
        let right = try JSON.parse(#"{"b":[1,2],"a":1}"#)
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left.canonicalBytes == right.canonicalBytes)
        #expect(try left != JSON.parse(#"{"a":1,"b":[2,1]}"#))
        #expect(try left != JSON.parse(#"{"a":1}"#))
    }

    @Test("Objects of many members find, change and lose each of them")
    func manyMembers() {
        var object = JSONObject((0..<200).map { ("k\($0)", JSON.int($0)) })
        #expect(object["k150"] == 150)
        object["k10"] = nil
        object["k150"] = "x"
        #expect(object["k10"] == nil)
        #expect(object["k11"] == 11)
        #expect(object["k150"] == "x")
        #expect(object.count == 199)
        #expect(object[caseless: "K199"] == 199)
    }

    @Test("Numbers that do not fit an Int keep their text")
    func bigNumbers() throws {
        #expect(try JSON.parse("92233720368547758080") == .decimal("92233720368547758080"))
        #expect(try JSON.parse("1.50").doubleValue == 1.5)
        #expect(try JSON.parse("9223372036854775807").intValue == Int.max)
        #expect(try JSON.parse("-9223372036854775808").intValue == Int.min)
    }

    @Test("Pretty text reads back as the same value, and sorts when asked")
    func pretty() throws {
        let value: JSON = ["b": [1, ["c": []]], "a": [:]]
        #expect(try JSON.parse(value.prettyText()) == value)
        #expect(value.prettyText(sorted: true).hasPrefix("{\n  \"a\": {},\n  \"b\": ["))
    }

    @Test("Writing to a member makes an object of what is none", arguments: [JSON.null, "text", [1]])
    func subscripts(start: JSON) {
        var value = start
        value["a"] = 1
        #expect(value == ["a": 1])
        value["a"] = nil
        #expect(value == [:])
    }

    @Test("Printing and reading again changes no generated value", arguments: 0..<200)
    func generated(seed: UInt64) throws {
        var generator = Generated(seed: seed)
        let value = generator.value(depth: 5)
        #expect(try JSON.parse(value.text) == value)
        #expect(try JSON.parse(value.text).text == value.text)
        #expect(try JSON.parse(value.prettyText()) == value)
        #expect(try JSON.parse(value.canonicalBytes) == value)
    }
}

@Suite("JSON errors")
struct JSONErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var reason: JSONError.Reason
        var line: Int
        var column: Int
        var testDescription: String { text }
    }

    @Test(
        "What is wrong is told with its line and column",
        arguments: [
            Case(text: "", reason: .unexpectedEnd, line: 1, column: 1),
            Case(text: "{\n  \"a\": 1", reason: .unexpectedEnd, line: 2, column: 9),
            Case(text: "[1,\n 2,\n x]", reason: .unexpected("'x'"), line: 3, column: 2),
            Case(text: "1 2", reason: .unexpected("'2'"), line: 1, column: 3),
            Case(text: #"["\q"]"#, reason: .badEscape, line: 1, column: 4),
            Case(text: "01", reason: .badNumber, line: 1, column: 1),
            Case(text: "{a:1}", reason: .unexpected("'a'"), line: 1, column: 2),
        ]
    )
    func places(example: Case) throws {
        let error = try #require(throws: JSONError.self) { try JSON.parse(example.text) }
        #expect(error.reason == example.reason)
        #expect(error.line == example.line)
        #expect(abs(error.column - example.column) <= 2, "column \(error.column)")
        #expect(error.description.contains("line \(example.line)"))
    }

    @Test(
        "No malformed text is accepted",
        arguments: [
            "tru", "nul", "[1,]", "{\"a\":1,}", "[1 2]", "{\"a\" 1}", "\"open", "\"\u{1}\"", "-", "1.", "1e", "+1",
            ".5",
            "NaN", "'a'", "[", "{", "]", #""\u12g4""#, "// no", "1,2",
        ]
    )
    func malformed(text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(text) }
    }

    @Test(
        "Bytes that are no UTF-8 are refused",
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]]
    )
    func badUTF8(bytes: [UInt8]) throws {
        let error = try #require(throws: JSONError.self) { try JSON.parse(bytes) }
        #expect(error.reason == .badUTF8)
    }

    @Test("Ten thousand levels are refused without a crash, and accepted when the limit allows some")
    func depth() throws {
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        let error = try #require(throws: JSONError.self) { try JSON.parse(deep) }
        #expect(error.reason == .tooDeep(limit: 64))
        let objects = String(repeating: "{\"a\":", count: 10_000)
        #expect(throws: JSONError.self) { try JSON.parse(objects) }
        let allowed = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try JSON.parse(allowed).text == allowed)
    }

    @Test("Limits of bytes and of values hold")
    func limits() throws {
        let bytes = try #require(throws: JSONError.self) { try JSON.parse("[1,2,3]", limits: JSONLimits(bytes: 6)) }
        #expect(bytes.reason == .tooManyBytes(limit: 6))
        let values = try #require(throws: JSONError.self) { try JSON.parse("[1,2,3]", limits: JSONLimits(values: 3)) }
        #expect(values.reason == .tooManyValues(limit: 3))
        #expect(try JSON.parse("[1,2,3]", limits: JSONLimits(bytes: 7, values: 4)) == [1, 2, 3])
    }

    @Test("a text that repeats strings of every length is read as it is written")
    func repeatedStrings() throws {
        let strings = (0..<120).map { String(repeating: "ä\($0)", count: 1 + $0 / 3) }
        let value = JSON((0..<40).flatMap { round in strings.map { "\($0)\(round % 3)" } })
        #expect(try JSON.parse(value.text) == value)
    }

    @Test("a repeated string that is not UTF-8 is refused wherever it stands")
    func repeatedBadText() {
        let good = Array("\"sixteen letters!\"".utf8)
        var bad = good
        bad[16] = 0xFF
        #expect(throws: JSONError.self) {
            try JSON.parse(Array("[".utf8) + good + Array(",".utf8) + bad + Array("]".utf8))
        }
    }
}

/// Values made from a seed, so that a failure can be repeated.
private struct Generated {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func below(_ limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(limit))
    }

    mutating func text() -> String {
        let alphabet: [Character] = [
            "a", "Z", "\"", "\\", "/", "\n", "\t", "\u{1}", "é", "🦭", "\u{2028}", " ", "#", "{",
        ]
        return String((0..<below(12)).map { _ in alphabet[below(alphabet.count)] })
    }

    mutating func value(depth: Int) -> JSON {
        switch below(depth > 0 ? 8 : 6) {
        case 0: return .null
        case 1: return .bool(below(2) == 0)
        case 2: return .int(below(1_000_000) - 500_000)
        case 3: return .decimal("\(below(1000)).\(below(1000))e-\(below(30))")
        case 4, 5: return .string(text())
        case 6: return .array((0..<below(6)).map { _ in value(depth: depth - 1) })
        default: return .object(JSONObject((0..<below(30)).map { _ in (text(), value(depth: depth - 1)) }))
        }
    }
}
