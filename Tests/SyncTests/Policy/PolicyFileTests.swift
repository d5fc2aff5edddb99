import Catalog
import Testing

@testable import Sync

@Suite("Policy file")
struct PolicyFileTests {
    static let common = """
        apiVersion: skerry.sync/v1
        source:      {url: "http://127.0.0.1:8065", auth: env:SOURCE_KEY}
        destination: {url: "http://127.0.0.1:8066", space: Main, auth: file:keys/destination}
        environments:
          Development: drop
          Test: [Staging]
          "*": same
        """

    private func parse(_ text: String) throws(PolicyError) -> Policy { try PolicyFile.parse(text, catalog: .standard) }

    private func problems(_ text: String) -> [PolicyProblem] {
        do {
            _ = try parse(text)
            return []
        } catch {
            return error.problems
        }
    }

    @Test("the common case is a few lines; everything else has a safe default")
    func common() throws {
        let policy = try parse(Self.common)
        #expect(policy.source.space == "Default")
        #expect(policy.destination.space == "Main")
        #expect(policy.source.credential == .environment("SOURCE_KEY"))
        #expect(policy.destination.credential == .file("keys/destination"))
        #expect(
            policy.environments == [
                .init("Development", .drop, line: 5), .init("Test", .names(["Staging"]), line: 6),
                .init("*", .same, line: 7),
            ]
        )
        #expect(policy.widening == .refuse)
        #expect(policy.onConflict == .stop)
        #expect(policy.deletes.mode == .report)
    }

    @Test(
        "an unknown key is an error with its line and the nearest word",
        arguments: [
            ("wideningg: refuse", "wideningg", "widening"),
            ("variables: {overwritte: never}", "variables.overwritte", "overwrite"),
            ("types: {stepTemplate: {mode: exact}}", "types.stepTemplate", "stepTemplates"),
            (
                "variables: {scopeMismatch: {environment: ignoreMismatch}}", "variables.scopeMismatch.environment",
                "environments"
            ),
            ("steps: {rules: [{match: {projekt: x}, step: drop}]}", "steps.rules[0].match.projekt", "project"),
        ]
    )
    func misspelt(line: String, path: String, suggestion: String) {
        let found = problems(Self.common + "\n" + line)
        #expect(found.count == 1)
        #expect(found.first?.line == 8)
        #expect(found.first?.path == path)
        #expect(found.first?.message.contains("did you mean '\(suggestion)'") == true)
    }

    @Test(
        "what the format names and this version does not do is refused, never ignored",
        arguments: [
            "secrets: {provider: vault}"
        ]
    )
    func notSupportedYet(line: String) {
        let found = problems(Self.common + "\n" + line)
        #expect(found.count == 1)
        #expect(found.first?.message.contains("not supported yet") == true, "\(found)")
    }

    @Test(
        "a setting that could have no effect is an error with its line",
        arguments: [
            ("steps: {rules: {match: {step: X}, step: drop}}", "steps.rules"),
            ("steps: {rules: [{match: {step: X}}]}", "steps.rules[0]"),
            ("steps: {rules: [{match: {step: X}, scope: {}}]}", "steps.rules[0].scope"),
            (
                "steps: {rules: [{match: {step: X}, scope: {environments: {}}}]}",
                "steps.rules[0].scope.environments"
            ),
            ("ownership: [{type: projects, field: Descriptoin, owner: destination}]", "ownership[0].field"),
            ("deletes: {protect: [\"enviroment/*\"]}", "deletes.protect"),
            ("types: {deploymentSettings: skip}", "types.deploymentSettings"),
        ]
    )
    func withoutEffect(line: String, path: String) {
        let found = problems(Self.common + "\n" + line)
        #expect(found.map(\.line) == [8], "\(found)")
        #expect(found.first?.path.hasPrefix(path) == true, "\(found)")
    }

    @Test("types to protect may be written in the singular")
    func protectSingular() throws {
        let policy = try parse(Self.common + "\ndeletes: {protect: [\"environment/*\", \"*/Shared\"]}")
        #expect(policy.deletes.protect == ["environments/*", "*/Shared"])
    }

    @Test(
        "the widening of variables follows the policy's, unless it has its own line",
        arguments: [
            ("widening: allow", VariableRules.Widening.allow),
            ("widening: allow\nvariables: {widening: refuse}", .refuse),
            ("widening: allowPlaceholderOnly", .allowPlaceholderOnly), ("steps: {extra: keep}", .refuse),
        ]
    )
    func variableWidening(line: String, widening: VariableRules.Widening) throws {
        #expect(try parse(Self.common + "\n" + line).variables.widening == widening)
    }

    @Test("an API key in the policy is refused without being repeated")
    func keyInPolicy() {
        let text = Self.common.replacing("env:SOURCE_KEY", with: "API-ABCDEF123456")
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.first?.description.contains("API-ABCDEF") == false)
    }

    @Test("all problems of a file come at once")
    func several() {
        let found = problems(Self.common + "\nwidening: maybe\ninitial: perhaps\nfoo: 1")
        #expect(found.map(\.line) == [8, 9, 10])
    }

    @Test("several destinations in one run are refused at the second one")
    func destinations() {
        let text = """
            apiVersion: skerry.sync/v1
            source: {url: "http://a", auth: env:A}
            destinations:
              - {name: one, url: "http://b", auth: env:B}
              - {name: two, url: "http://c", auth: env:C}
            """
        #expect(problems(text).map(\.line) == [5])
    }

    @Test(
        "a text that is no policy is told so",
        arguments: ["", "- a list", "just words", "{", "a: b: c", "<html></html>", "\u{0}"]
    )
    func noPolicy(text: String) {
        #expect(!problems(text).isEmpty)
    }

    @Test("the digest follows the content, not the comments or the order of keys")
    func digest() throws {
        let reordered = """
            # a comment
            apiVersion: skerry.sync/v1
            destination: {auth: file:keys/destination, url: "http://127.0.0.1:8066", space: Main}
            source:      {url: "http://127.0.0.1:8065", auth: env:SOURCE_KEY}
            environments: {Development: drop, Test: [Staging], "*": same}
            """
        let policy = try parse(Self.common)
        #expect(try parse(reordered).digest == policy.digest)
        #expect(try parse(Self.common + "\nwidening: allow").digest != policy.digest)
    }

    @Test("the answers to the seed's questions about steps and collisions are understood")
    func answers() throws {
        let policy = try parse(
            Self.common + """

                variables: {collision: prefer(Staging), newValue: copy}
                steps:
                  rules:
                    - {match: {step: QA sign-off}, scope: {environments: {set: [Staging]}}}
                    - {match: {step: Other}, scope: {environments: any}}
                    - {match: {project: Web*, process: runbook}, step: drop}
                """
        )
        #expect(policy.variables.collision == .prefer("Staging"))
        #expect(policy.variables.newValue == .copy)
        #expect(policy.stepRules.map(\.environments) == [.set(["Staging"]), .any, .dropStep])
        #expect(policy.stepRules.map(\.line) == [11, 12, 13])
    }

    @Test("a larger text than anybody writes is refused before it is read")
    func tooLarge() {
        #expect(problems(String(repeating: "# comment\n", count: 200_000)).first?.message.contains("1 MiB") == true)
    }
}
