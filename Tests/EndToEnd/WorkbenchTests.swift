import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// `skerry sync resolve` as a person meets it: in a terminal.
@Suite("The workbench for conflicts")
struct WorkbenchTests {
    private static let long = (1...30).map { "line \($0)" }.joined(separator: "\n")

    /// Three projects whose descriptions both sides changed; the last one's is long.
    private func withConflicts(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SyncPair) async throws -> Void
    ) async throws {
        try await SyncPair.withPair(policy: WeeklyChangeTests.policy + "   # ours\n") { pair in
            try await pair.load()
            try await describe("Trading website", Self.long, at: pair.source)
            try await pair.syncNow()
            for server in [pair.source, pair.destination] {
                let name = server.instance
                for project in ["Database", "Rate service"] { try await describe(project, "by \(name)", at: server) }
                let line = name == "DevTest" ? "line 3\n" : "line 20\n"
                let text = Self.long.replacing(line, with: "\(line.dropLast()) by \(name)\n")
                try await describe("Trading website", text, at: server)
            }
            try await body(pair)
        }
    }

    private func describe(
        _ project: String,
        _ text: String,
        at server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let document = try #require(try await server.document(.projects, project))
        try await server.edit(.projects, document["Id"]?.stringValue ?? "") { $0["Description"] = .string(text) }
    }

    private func descriptions(
        _ pair: SyncPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> [String] {
        var result: [String] = []
        for name in ["Database", "Rate service", "Trading website"] {
            result.append(try await pair.destination.document(.projects, name)?["Description"]?.stringValue ?? "")
        }
        return result
    }

    private func resolve(
        _ pair: SyncPair,
        columns: Int = 90,
        environment: [String: String] = [:],
        isolation: isolated (any Actor)? = #isolation,
        _ turns: [Typist.Turn]
    ) async throws -> FinishedProcess {
        try await Typist.run(
            pair.program,
            ["sync", "resolve", "--policy", pair.policyPath],
            columns: columns,
            environment: environment,
            turns
        )
    }

    @Test("asks one by one, takes back, edits, merges, and what was decided is what an apply writes")
    func journey() async throws {
        try await withConflicts { pair in
            let session = try await resolve(
                pair,
                [
                    .init(waitFor: "Conflict 1 of 3", type: "x"), .init(waitFor: "one of the letters", type: "s"),
                    .init(waitFor: "Conflict 2 of 3", type: "u"), .init(waitFor: "taken back", type: "d"),
                    .init(waitFor: "Conflict 2 of 3", type: "e"), .init(waitFor: "new value >", type: "by both"),
                    .init(waitFor: "Conflict 3 of 3", type: "m"),
                ]
            )
            #expect(session.exitCode == 0, "\(session.standardOutput)\(session.standardError)")
            let text = session.standardOutput.replacing("\r", with: "")
            #expect(text.contains("project Database · Description"))
            #expect(text.contains("source       'by DevTest'"))
            #expect(text.contains("destination  'by Production'"))
            // The long text as a difference: what changed and what is around it, and no more.
            #expect(text.contains("+ line 3 by DevTest"))
            #expect(text.contains("- line 20"))
            #expect(!text.contains("line 11"))
            try await pair.syncNow()
            let after = try await descriptions(pair)
            #expect(after[0] == "by Production")
            #expect(after[1] == "by both")
            #expect(after[2].contains("line 3 by DevTest\n") && after[2].contains("line 20 by Production\n"))
        }
    }

    @Test("a wide terminal shows both changes side by side")
    func wide() async throws {
        try await withConflicts { pair in
            let session = try await resolve(
                pair,
                columns: 140,
                [
                    .init(waitFor: "Conflict 1 of 3", type: "k"), .init(waitFor: "Conflict 2 of 3", type: "k"),
                    .init(waitFor: "Conflict 3 of 3", type: "q"),
                ]
            )
            #expect(session.exitCode == 3)
            let rows = session.standardOutput.split(separator: "\n").map(String.init)
            #expect(
                rows.contains {
                    $0.contains("what the source changed") && $0.contains("│ what the destination changed")
                }
            )
            #expect(rows.contains { $0.contains("│") && $0.contains("by DevTest") })
        }
    }

    @Test("whoever kills it keeps every answer given so far")
    func killed() async throws {
        try await withConflicts { pair in
            let session = try await resolve(
                pair,
                [
                    .init(waitFor: "Conflict 1 of 3", type: "s"),
                    .init(waitFor: "Conflict 2 of 3", type: Typist.Turn.kill),
                ]
            )
            #expect(session.exitCode == 128 + 9)
            let text = try String(contentsOfFile: "\(pair.folder)/policy.skresolve", encoding: .utf8)
            #expect(text.contains("project Database · Description"))
            let rest = try await resolve(
                pair,
                [.init(waitFor: "Conflict 1 of 2", type: "d"), .init(waitFor: "Conflict 2 of 2", type: "m")]
            )
            #expect(rest.exitCode == 0, "\(rest.standardOutput)")
            try await pair.syncNow()
            #expect(try await descriptions(pair).prefix(2) == ["by DevTest", "by Production"])
        }
    }

    @Test("a rule goes into the policy, in its place, with all comments kept, and decides all conflicts of its field")
    func rule() async throws {
        try await withConflicts { pair in
            let before = try String(contentsOfFile: pair.policyPath, encoding: .utf8)
            let session = try await resolve(
                pair,
                [
                    .init(waitFor: "Conflict 1 of 3", type: "r"),
                    .init(waitFor: "for every projects.Description", type: "s"),
                ]
            )
            #expect(session.exitCode == 0, "\(session.standardOutput)")
            let after = try String(contentsOfFile: pair.policyPath, encoding: .utf8)
            #expect(after == before + "conflicts:\n  \"projects.Description\": source\n")
            try await pair.syncNow()
            #expect(try await descriptions(pair).prefix(2) == ["by DevTest", "by DevTest"])
        }
    }

    @Test("a text of several lines is edited in the person's editor")
    func editor() async throws {
        try await withConflicts { pair in
            let editor = "\(pair.folder)/editor.sh"
            try await writeProgram("#!/bin/sh\nsed -i 's/line 20 .*/line 20 by hand/' \"$1\"\n", to: editor)
            let session = try await resolve(
                pair,
                environment: ["EDITOR": editor, "VISUAL": ""],
                [
                    .init(waitFor: "Conflict 1 of 3", type: "s"), .init(waitFor: "Conflict 2 of 3", type: "s"),
                    .init(waitFor: "Conflict 3 of 3", type: "e"),
                ]
            )
            #expect(session.exitCode == 0, "\(session.standardOutput)")
            try await pair.syncNow()
            #expect(try await descriptions(pair)[2].contains("line 20 by hand\n"))
        }
    }
}
