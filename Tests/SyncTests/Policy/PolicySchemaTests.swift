import Catalog
import Foundation
import Testing

@testable import Sync

/// The schema in the hands of a validator that others wrote.
@Suite("JSON schema of policies", .enabled(if: PythonValidator.path != nil))
struct PolicySchemaTests {
    private static let program = """
        import json, sys, yaml, jsonschema
        given = json.load(sys.stdin)
        jsonschema.Draft202012Validator.check_schema(given["schema"])
        validator = jsonschema.Draft202012Validator(given["schema"])
        print(json.dumps([validator.is_valid(yaml.safe_load(text)) for text in given["texts"]]))
        """

    private func verdicts(_ texts: [String]) throws -> [Bool] {
        let input: JSON = ["schema": PolicySchema().json, "texts": JSON(texts)]
        let answer = try #require(PythonValidator.run(["-c", Self.program], input.text))
        return try JSON.parse(Array(answer.text.utf8)).arrayValue?.compactMap(\.boolValue) ?? []
    }

    static let good = [
        "", "widening: allow", "types: {accounts: skip, tenants: {mode: merge, variables: copyNew}}",
        "steps: {rules: [{match: {step: X}, step: drop}, {match: {}, scope: {environments: {set: [A]}}}]}",
        "variables: {collision: prefer(Staging), scopeMismatch: {roles: ignoreMismatch}}",
        "ownership: [{type: projects, field: Description, owner: destination}, {type: variable, name: a, owner: source}]",
        "deletes: {maxCount: 5, protect: [\"environment/*\"]}", "versions: {allowMajor: false, maxMinorDistance: 2}",
        "conflicts: {default: newest, \"projects.Description\": source, \"variable.value\": manual}",
        "types: {stepTemplates: {initial: source, heal: true}}", "types: {channels: {exclude: Dev only}}",
        "select: {projects: [\"Web*\", \"!Web Sandbox\"], closure: required}",
    ]

    static let bad = [
        "wideningg: refuse", "widening: maybe", "types: {stepTemplate: skip}", "types: {accounts: {mode: never}}",
        "steps: {rules: [{match: {step: X}}]}", "steps: {rules: {}}", "variables: {overwritte: never}",
        "variables: {collision: prefer}", "deletes: {maxCount: many}", "deletes: {maxPercent: 101}",
        "ownership: [{type: projects, owner: destination}]", "versions: {allowMajor: perhaps}", "environments: [A]",
        "types: {targets: {mode: merge}}", "conflicts: {default: latest}", "conflicts: {\"projects.Name\": perhaps}",
    ]

    @Test("S-5: a validator and the reader agree on good and on bad policies")
    func agreement() throws {
        let head = PolicyFileTests.common.replacing(/(?s)\nenvironments:.*/, with: "")
        let texts = (Self.good + Self.bad).map { "\(head)\n\($0)" }
        let verdicts = try verdicts(texts)
        #expect(verdicts.count == texts.count)
        for (text, isValid) in zip(texts, verdicts) {
            let isRead = (try? PolicyFile.parse(text, catalog: .standard)) != nil
            #expect(isValid == isRead, "\(text)")
        }
        #expect(verdicts == Self.good.map { _ in true } + Self.bad.map { _ in false })
    }

    @Test("a policy without its servers, or with a key in it, is not valid")
    func servers() throws {
        let verdicts = try verdicts([
            PolicyFileTests.common, "apiVersion: skerry.sync/v1", "source: {url: http://a, auth: env:A}",
            PolicyFileTests.common.replacing("env:SOURCE_KEY", with: "API-ABCDEF123456"),
            PolicyFileTests.common.replacing("destination: {", with: "destinations: [{").replacing(
                "destination}",
                with: "destination}]"
            ),
        ])
        #expect(verdicts == [true, false, false, false, true])
    }
}

/// A Python that has `jsonschema` and `yaml`: the one that `Scripts/test` makes, or the machine's.
enum PythonValidator {
    static let path: String? = [ProcessInfo.processInfo.environment["SKERRY_PYTHON_CLIENT"], "python3"]
        .compactMap { $0 }.first { run($0, ["-c", "import jsonschema, yaml"], "")?.status == 0 }

    static func run(_ arguments: [String], _ input: String) -> (status: Int32, text: String)? {
        path.flatMap { run($0, arguments, input) }
    }

    private static func run(
        _ program: String,
        _ arguments: [String],
        _ input: String
    ) -> (status: Int32, text: String)? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let (stdin, stdout) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (stdin, stdout)
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        try? stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try? stdin.fileHandleForWriting.close()
        let text = String(decoding: (try? stdout.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
