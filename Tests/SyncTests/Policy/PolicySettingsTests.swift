import Catalog
import Foundation
import Testing

@testable import Sync

@Suite("Settings of a policy")
struct PolicySettingsTests {
    private let settings = PolicySettings.standard

    private static let documents = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../docs/sync").standardizedFileURL

    /// Compares a file of the documentation with what the settings say; `SKERRY_WRITE_DOCS=1` writes it instead.
    private func expectCurrent(_ name: String, _ make: (String) -> String) throws {
        let file = Self.documents.appendingPathComponent(name)
        let present = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let wanted = make(present)
        if ProcessInfo.processInfo.environment["SKERRY_WRITE_DOCS"] == "1" {
            try wanted.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(present == wanted, "\(name) is not current: run the tests once with SKERRY_WRITE_DOCS=1")
    }

    @Test("S-5: the tables of docs/sync/policy.md say what the settings are")
    func tables() throws {
        try expectCurrent("policy.md") { PolicyTables(settings).updating($0) }
    }

    @Test("S-5: docs/sync/policy.schema.json is the schema that `sync schema` prints")
    func schemaFile() throws {
        try expectCurrent("policy.schema.json") { _ in PolicySchema(settings).json.prettyText() + "\n" }
    }

    @Test("every word of a setting is accepted, changes what the policy says, and a default is one of the words")
    func words() throws {
        let standard = try PolicyFile.parse(PolicyFileTests.common, catalog: .standard)
        for setting in settings.all {
            guard case .words(let words) = setting.form else { continue }
            #expect(
                words.contains { $0.isSupported && $0.text == setting.value(standard).stringValue },
                "\(setting.path)"
            )
            for word in words {
                let problems = PolicyProblems()
                let policy = try? PolicyFile.parse(Self.file(setting.path, word.text), catalog: .standard)
                #expect((policy != nil) == word.isSupported, "\(setting.path): \(word.text)")
                if let policy { #expect(setting.value(policy).stringValue == word.text, "\(setting.path)") }
                #expect(problems.all.isEmpty)
            }
        }
    }

    @Test("S-7: every setting has a sentence, and no two have one path")
    func descriptions() {
        #expect(Set(settings.all.map(\.path)).count == settings.all.count)
        for setting in settings.all { #expect(setting.meaning.count > 5 && !setting.meaning.hasSuffix(".")) }
    }

    /// The common policy with one setting more.
    private static func file(_ path: String, _ value: String) -> String {
        let parts = path.split(separator: ".").map(String.init)
        if parts[0] == "destination" {
            return PolicyFileTests.common.replacing("space: Main", with: "space: Main, \(parts[1]): \(value)")
        }
        var text = parts.reversed().reduce(value) { "{\"\($1)\": \($0)}" }
        // Types that the catalog forbids need a second key.
        if path == "types.targets.mode" || path == "types.workers.mode" {
            text = "{types: {\(parts[1]): {mode: \(value), optIn: true}}}"
        }
        return PolicyFileTests.common + "\n" + text.dropFirst().dropLast()
    }

    @Test("S-7: decisions name every setting, its value and who set it")
    func decisions() throws {
        let text = PolicyFileTests.common + "\nsteps: {extra: remove}\nvariables:\n  overwrite: never"
        let policy = try PolicyFile.parse(text, catalog: .standard)
        let decisions = policy.decisions()
        #expect(decisions.count == settings.all.count - 1)
        let steps = decisions.first { $0.path == "steps.extra" }
        #expect(steps?.value == "remove")
        #expect(steps?.standard == "keep")
        #expect(steps?.origin == .line(8))
        let overwrite = decisions.first { $0.path == "variables.overwrite" }
        #expect(overwrite?.origin == .line(10))
        #expect(overwrite?.answers == ["S-150"])
        #expect(decisions.first { $0.path == "widening" }?.origin == .standard)
        #expect(decisions.first { $0.path == "environments" }?.origin == .line(5))
    }
}
