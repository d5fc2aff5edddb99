import Testing

@testable import Catalog

@Suite("OCL")
struct OCLTests {
    @Test("Printing and reading again changes no generated text", arguments: 0..<300)
    func generated(seed: UInt64) throws {
        var generator = GeneratedOCL(seed: seed)
        let body = generator.body(depth: 3)
        let text = try body.text()
        #expect(try OCLBody.parse(Array(text.utf8)) == body, "\(text)")
        #expect(try OCLBody.parse(Array(text.utf8)).text() == text)
    }

    @Test("Damaged text is refused or read, and nothing else happens", arguments: 0..<300)
    func damaged(seed: UInt64) throws {
        var generator = GeneratedOCL(seed: seed)
        var bytes = Array(try generator.body(depth: 3).text().utf8)
        for _ in 0..<3 where !bytes.isEmpty {
            let place = generator.below(bytes.count)
            switch generator.below(3) {
            case 0: bytes.remove(at: place)
            case 1: bytes[place] = UInt8(generator.below(128))
            default: bytes.insert(Array("\"{}[]=<,#\n".utf8)[generator.below(10)], at: place)
            }
        }
        do {
            let body = try OCLBody.parse(bytes)
            #expect(try OCLBody.parse(Array(body.text().utf8)) == body)
        } catch let error {
            #expect((error.line ?? 0) >= 1 && (error.column ?? 0) >= 1)
        }
    }

    @Test("Texts of several lines lose the indentation that all their lines share")
    func heredoc() throws {
        let text = """
            step "warm" {
                properties = {
                    Octopus.Action.Script.ScriptBody = <<-EOT
                        if ($ready) {
                            "yes"

                        }
                        EOT
                    "a key" = "C:\\temp"
                }
                roles = ["web", "db"]   # for now
                raw = <<EOT
              kept
            EOT
            }
            """
        let block = try #require(try OCLBody.parse(Array(text.utf8)).blocks.first)
        #expect(
            block.body["properties"]
                == .dictionary([
                    OCLAttribute("Octopus.Action.Script.ScriptBody", .string("if ($ready) {\n    \"yes\"\n\n}")),
                    OCLAttribute("a key", .string("C:\\temp")),
                ])
        )
        #expect(block.body["roles"] == .array([.string("web"), .string("db")]))
        #expect(block.body["raw"] == .string("  kept"))
    }

    @Test(
        "What is wrong is told with its line and column",
        arguments: [
            ("a = 1\nb = \"open\nc = 2", 2, "end on its line"), ("a = [1, [2]]", 1, "inside of one another"),
            ("x {\n  a = 1\n", 3, "\"}\" is missing"), ("a = 1\na = 2", 2, "given twice"),
            ("a = maybe", 1, "expected a value"), ("a = <<-EOT\nnever", 1, "\"EOT\" alone"), ("= 1", 1, "the name"),
            ("a = { b = 1 c = 2 }", 1, "end of the line"), ("a = 1 b = 2", 1, "end of the line"),
            (String(repeating: "a {\n", count: 40), 17, "nested more than 16"),
        ]
    )
    func places(text: String, line: Int, message: String) throws {
        let error = try #require(throws: OCLError.self) { try OCLBody.parse(Array(text.utf8)) }
        #expect(error.line == line)
        #expect(error.message.contains(message), "\(error)")
    }

    @Test("A text that is too long, or holds too much, is refused before it costs anything")
    func limits() throws {
        let limits = OCLLimits(bytes: 1_000, depth: 4, items: 20)
        #expect(throws: OCLError.self) { try OCLBody.parse(Array(repeating: 0x20, count: 1_001), limits: limits) }
        let many = (0..<30).map { "a\($0) = 1\n" }.joined()
        #expect(throws: OCLError.self) { try OCLBody.parse(Array(many.utf8), limits: limits) }
        #expect(throws: OCLError.self) { try OCLBody.parse([0x61, 0x20, 0x3D, 0x20, 0x22, 0xFF, 0x22]) }
    }

    @Test("A process is written with slugs for labels and without what is at its default, and comes back the same")
    func process() throws {
        let kind = try #require(Catalog.standard[.deploymentProcesses])
        let process = kind.filled([
            "Steps": [
                [
                    "Name": "Deploy web", "Slug": "deploy-web", "Condition": "Always",
                    "Actions": [
                        [
                            "Name": "Deploy web", "Slug": "deploy-web", "ActionType": "Octopus.Script",
                            "WorkerPoolId": "hosted", "Environments": ["production"], "Notes": "line\nline",
                            "Properties": ["Octopus.Action.Script.ScriptBody": "echo \"hi\"\n"],
                            "Packages": [["Name": "tools", "PackageId": "Tools", "FeedId": "nuget"]],
                            "Surprise": ["a": [1, 2]],
                        ]
                    ],
                ]
            ]
        ])
        let body = try OCLMapping(kind).encode(process)
        let text = try body.text()
        #expect(text.hasPrefix("step \"deploy-web\" {\n    name = \"Deploy web\"\n    condition = \"Always\"\n"))
        #expect(text.contains("action \"deploy-web\" {\n        action_type = \"Octopus.Script\"\n"))
        #expect(text.contains("worker_pool = \"hosted\"") && text.contains("packages \"tools\" {"))
        #expect(!text.contains("is_disabled") && !text.contains("start_trigger"))
        #expect(try OCLMapping(kind).decode(try OCLBody.parse(Array(text.utf8))) == process)
    }

    @Test("Values of one variable are together; those that no label can hold are texts")
    func variables() throws {
        let kind = try #require(Catalog.standard[.variableSets])
        let set: JSON = [
            "Variables": .array(
                [
                    [
                        "Name": "Url", "Value": "https://a",
                        "Scope": ["Environment": ["test"], "TenantTag": ["Ring/One"]],
                    ],
                    ["Name": "Url", "Value": "say \"b\"", "Description": "second", "Scope": [:]],
                    ["Name": "None", "Scope": [:]],
                    [
                        "Name": "Pool", "Value": "hosted", "Type": "WorkerPool", "Scope": [:],
                        "Prompt": ["Label": "Which?"],
                    ],
                ].map { Shape.variable.filled($0) }
            )
        ]
        let text = try OCLMapping(kind).encode(set).text()
        #expect(text.contains("variable \"Url\" {\n    value \"https://a\" {\n        environment = [\"test\"]"))
        #expect(text.contains("type = \"WorkerPool\""))
        #expect(try OCLMapping(kind).decode(try OCLBody.parse(Array(text.utf8))) == set, "\(text)")
    }

    @Test(
        "What a file says that no description knows is refused with its place",
        arguments: [
            ("stp \"a\" {}", "stp"), ("step {\n}", "slug"),
            ("step \"a\" {\n action \"b\" {\n  colour = \"red\"\n }\n}", "step \"a\": action \"b\": \"colour\""),
            ("step \"a\" {\n action \"b\" {\n  is_disabled = \"no\"\n }\n}", "true or false"),
        ]
    )
    func unknown(text: String, message: String) throws {
        let kind = try #require(Catalog.standard[.deploymentProcesses])
        let body = try OCLBody.parse(Array(text.utf8))
        let error = try #require(throws: OCLError.self) { try OCLMapping(kind).decode(body) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test("A secret is not written")
    func secret() throws {
        let kind = try #require(Catalog.standard[.deploymentProcesses])
        let process: JSON = [
            "Steps": [["Slug": "a", "Properties": ["Token": ["HasValue": true, "NewValue": "hush"]], "Actions": []]]
        ]
        let error = try #require(throws: OCLError.self) { try OCLMapping(kind).encode(process) }
        #expect(error.description.contains("step \"a\": Token"))
        #expect(!error.description.contains("hush"))
    }
}

/// Texts made from a seed, so that a failure can be repeated.
private struct GeneratedOCL {
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
            "a", "Z", "\"", "\\", "/", "\n", "\n", "\t", "\r", "é", "🦭", " ", " ", "#", "{", "EOT".first!, "O", "T",
            ",",
        ]
        return String((0..<below(14)).map { _ in alphabet[below(alphabet.count)] })
    }

    mutating func label() -> String { text().filter { $0 != "\"" && !$0.isNewline } }

    mutating func scalar() -> OCLValue {
        switch below(8) {
        case 0: .null
        case 1: .bool(below(2) == 0)
        case 2: .int(below(1_000_000) - 500_000)
        case 3: .decimal("\(below(1000)).\(below(1000))e-\(below(30))")
        default: .string(text())
        }
    }

    mutating func value() -> OCLValue {
        switch below(6) {
        case 0: return .array((0..<below(5)).map { _ in scalar() })
        case 1: return .dictionary((0..<below(5)).map { OCLAttribute("\(label())\($0)", scalar()) })
        default: return scalar()
        }
    }

    mutating func body(depth: Int) -> OCLBody {
        var body = OCLBody(attributes: (0..<below(5)).map { OCLAttribute("name_\($0)", value()) })
        guard depth > 0 else { return body }
        body.blocks = (0..<below(4)).map { _ in
            OCLBlock("block", label: below(2) == 0 ? nil : label(), self.body(depth: depth - 1))
        }
        return body
    }
}
