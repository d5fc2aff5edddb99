import Catalog
import Foundation
import Testing

@testable import Sync

private typealias Operation = Sync.Operation

@Suite("The page of a plan")
struct PlanPageTests {
    static let hostile =
        "</script><script>alert(1)</script>\"'`><img src=x onerror=alert(2)>&lt; \u{202E}live\u{202C}\u{0}\u{1B}[31m\u{200B}\u{FEFF} שלום"

    private static func update(
        _ sequence: Int,
        _ key: EntityKey,
        _ fields: [FieldChange],
        _ risks: [Operation.Risk] = []
    )
        -> Operation
    {
        Operation(
            sequence: sequence,
            phase: .projects,
            action: .update,
            key: key,
            lineage: "l\(sequence)",
            fields: fields,
            after: ["Name": .string(key.name)],
            risks: risks
        )
    }

    private static func plan(_ operations: [Operation], conflicts: [Conflict] = []) -> Plan {
        Plan(
            source: PlanFileTests.side,
            destination: PlanFileTests.side,
            policyDigest: "d",
            operations: operations,
            conflicts: conflicts,
            notices: [Notice(code: "orphan", key: EntityKey(.channels, hostile, hostile), message: hostile)],
            skipped: [Skipped(code: hostile, key: EntityKey(.channels, hostile), rule: hostile)],
            secrets: [SecretNeed(key: EntityKey(.accounts, hostile), path: hostile, state: .unset)]
        )
    }

    static func page(_ plan: Plan) -> String {
        PlanPage.html(
            of: plan,
            origin: .init(planID: hostile, createdAt: hostile, expiresAt: hostile, engine: hostile),
            catalog: .standard
        )
    }

    @Test("a hostile name or value is text, wherever it stands; hidden characters are shown")
    func hostileValues() throws {
        var side = PlanFileTests.side
        side.url = Self.hostile
        side.spaceName = Self.hostile
        side.serverVersion = Self.hostile
        let text = JSON.string(Self.hostile)
        let long = JSON.string("one\n\(Self.hostile)\nthree")
        var plan = Self.plan(
            [
                Self.update(
                    1,
                    EntityKey(.projects, Self.hostile),
                    [
                        FieldChange(path: Self.hostile, base: text, from: text, to: "x", rule: Self.hostile),
                        FieldChange(
                            path: "Steps/\(Self.hostile)/Octopus.Action.Script.ScriptBody",
                            from: long,
                            to: text,
                            rule: ""
                        ),
                        FieldChange(
                            path: "Steps/New",
                            to: ["Name": text, Self.hostile: [["Name": text, "x": text]]],
                            rule: ""
                        ),
                    ],
                    [.widening]
                ),
                Operation(
                    sequence: 2,
                    phase: .projects,
                    action: .create,
                    key: EntityKey(KindName(Self.hostile), Self.hostile),
                    lineage: "l",
                    after: ["Name": text, "Description": text]
                ),
            ],
            conflicts: [
                Conflict(
                    id: Self.hostile,
                    code: Self.hostile,
                    key: EntityKey(.projects, "a"),
                    path: Self.hostile,
                    base: text,
                    source: text,
                    destination: long,
                    message: Self.hostile
                )
            ]
        )
        plan.source = side
        let html = Self.page(plan)
        #expect(html.ranges(of: "<script").count == 1 && html.ranges(of: "</script").count == 1)
        #expect(!html.contains("<img"))
        let hidden: [UInt32] = [0x202E, 0x202C, 0, 0x1B, 0x200B, 0xFEFF]
        #expect(!html.unicodeScalars.contains { hidden.contains($0.value) })
        #expect(html.contains("⟦U+202E⟧") && html.contains("␀") && html.contains("␛"))
        // What is not hidden stays as it is.
        #expect(html.contains("שלום"))
        try Self.expectStandsAlone(html)

        let markdown = PlanMarkdown.text(of: plan, catalog: .standard)
        let markup = Self.withoutCode(markdown).split(separator: "\n").filter { $0.contains("<img") }
        #expect(markup.isEmpty, "\(markup)")
        #expect(!markdown.contains("\u{202E}") && !markdown.contains("\u{1B}"))
        let terminal = PlanText.text(of: plan, catalog: .standard, style: .init(isLong: true))
        #expect(!terminal.contains("\u{1B}") && !terminal.contains("\u{202E}"))
    }

    /// Markdown without what is code, in which nothing is markup.
    private static func withoutCode(_ markdown: String) -> String {
        var fence: Int?
        return markdown.split(separator: "\n").compactMap { line -> String? in
            let text = line.utf8.drop { $0 == UInt8(ascii: " ") }
            let run = text.prefix { $0 == UInt8(ascii: "`") }.count
            if let open = fence {
                if run >= open, run == text.count { fence = nil }
                return nil
            }
            guard run < 3 else {
                fence = run
                return nil
            }
            return withoutSpans(Array(line.utf8))
        }.joined(separator: "\n")
    }

    /// A span of code reaches from a run of backticks to the next run of the same length.
    private static func withoutSpans(_ line: [UInt8]) -> String {
        func run(_ start: Int) -> Int { line[start...].prefix { $0 == UInt8(ascii: "`") }.count }
        var result: [UInt8] = []
        var position = 0
        while position < line.count {
            let length = run(position)
            guard length > 0 else {
                result.append(line[position])
                position += 1
                continue
            }
            var end = position + length
            while end < line.count, run(end) != length { end += max(1, run(end)) }
            if end < line.count { position = end + length } else { position += length }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// No address, no style or handler in an element, and a policy that forbids everything but the page's own.
    static func expectStandsAlone(_ html: String) throws {
        let body = try #require(html.range(of: "<body>"))
        #expect(html[..<body.lowerBound].contains("default-src 'none'; style-src 'sha256-"))
        for piece in html[body.lowerBound...].split(separator: "<").dropFirst() {
            // What is between quotes is text.
            let tag = piece.prefix { $0 != ">" }.replacing(/"[^"]*"/, with: "")
            #expect(!tag.contains(" src=") && !tag.contains(" style=") && !tag.contains(" on"), "\(tag.prefix(100))")
            if tag.contains("href=") { #expect(piece.contains("href=\"#"), "\(piece.prefix(100))") }
        }
    }

    @Test("the summary is before everything, risks are before fields, and only risks that occur can be chosen")
    func order() throws {
        let plan = Self.plan([
            Self.update(
                1,
                EntityKey(.projects, "Web"),
                [
                    FieldChange(
                        path: "ReleaseNotesTemplate",
                        base: "a",
                        from: "b",
                        to: "c",
                        rule: "types.projects.mode: exact (line 7)"
                    )
                ],
                [.widening, .delete]
            )
        ])
        let html = Self.page(plan)
        let places = try [
            "1 change in 1 project waits for approval", "Can be applied", "Widens what a restriction lets through",
            "What a person must fill in", "Release notes template", "types.projects.mode: exact (line 7)",
            "Left out by the policy", "Good to know",
        ].map {
            try #require(
                html.range(of: $0, range: html.range(of: "<h1>")!.upperBound..<html.endIndex) ?? html.range(of: $0),
                "\($0)"
            ).lowerBound
        }
        #expect(places == places.sorted())
        #expect(html.contains("id=\"risk-W\"") && html.contains("id=\"risk-D\"") && !html.contains("id=\"risk-K\""))
    }

    @Test("a value of 300 KB is folded, and its page stays small")
    func longValue() {
        let old = (0..<9_000).map { "line \($0) of a long script" }.joined(separator: "\n")
        let plan = Self.plan([
            Self.update(
                1,
                EntityKey(.projects, "Web"),
                [
                    FieldChange(path: "Description", from: .string(old), to: .string(old + "\nend"), rule: ""),
                    FieldChange(
                        path: "Other",
                        from: .string(String(repeating: "x", count: 300_000)),
                        to: "y",
                        rule: ""
                    ),
                ]
            )
        ])
        let html = Self.page(plan)
        #expect(html.utf8.count < 200_000, "\(html.utf8.count)")
        #expect(html.contains("more bytes are left out here"))
    }

    @Test("10,000 changes make a page of bounded size: those that do not fit are named without details")
    func manyOperations() {
        let value = JSON.string(String(repeating: "value\n", count: 300))
        let operations = (1...10_000).map { number in
            Self.update(
                number,
                EntityKey(.projects, "Project \(number)"),
                [FieldChange(path: "Description", from: value, to: .string("new \(number)"), rule: "source changed")],
                number.isMultiple(of: 9) ? [.rename] : []
            )
        }
        let clock = ContinuousClock()
        var html = ""
        let time = clock.measure { html = Self.page(Self.plan(operations)) }
        #expect(html.utf8.count < 16_000_000, "\(html.utf8.count)")
        #expect(html.contains("Project 10000") && html.contains("are named here without their details"))
        #expect(time < .seconds(60), "\(time)")
        let markdown = PlanMarkdown.text(of: Self.plan(operations), catalog: .standard)
        #expect(markdown.utf8.count < 2_000_000, "\(markdown.utf8.count)")
    }

    @Test("the same plan gives the same page, byte for byte")
    func deterministic() {
        let plan = Self.plan([
            Self.update(1, EntityKey(.projects, "A"), [], [.delete]),
            Self.update(2, EntityKey(.channels, "A", "C"), []),
            Self.update(3, EntityKey(.feeds, "F"), [], [.rename, .secret]),
        ])
        #expect(Self.page(plan) == Self.page(plan))
    }

    @Test(
        "paths read like places",
        arguments: [
            ("Description", "Description"), ("ReleaseNotesTemplate", "Release notes template"),
            ("LifecycleId", "Lifecycle"), ("IncludedLibraryVariableSetIds", "Included library variable sets"),
            (
                "Steps/Deploy/Actions/Deploy/Properties/Octopus.Action.Script.ScriptBody", "Deploy › Script body"
            ),
            ("Variables/Db.Name/value", "Db.Name › Value"), ("Steps/Deploy", "Deploy"), ("", ""),
        ]
    )
    func places(path: String, words: String) { #expect(ReviewText.place(path) == words) }

    @Test("Markdown: fences are longer than what they hold, names are no markup")
    func markdown() {
        let plan = Self.plan([
            Self.update(
                1,
                EntityKey(.projects, "*bold* [link](http://x) @all | a"),
                [
                    FieldChange(path: "Body", from: "a\n```\nb", to: "a\n````\nb", rule: ""),
                    FieldChange(path: "Short", from: "`", to: "a``b", rule: "r"),
                ]
            )
        ])
        let text = PlanMarkdown.text(of: plan, catalog: .standard)
        #expect(text.contains("`````diff") && text.contains("-```") && text.contains("+````"))
        #expect(text.contains("\\*bold\\* \\[link\\](http://x) &#64;all \\| a"))
        #expect(text.contains("```a``b```") && text.contains("`` ` ``"))
    }
}
