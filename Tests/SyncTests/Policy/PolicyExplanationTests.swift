import Catalog
import Testing

@testable import Sync

@Suite("Explaining a policy")
struct PolicyExplanationTests {
    private static let settings = """
        preset: lower-upper
        environments: {Test: [Staging]}
        select: {projects: ["Web*", "!Web Sandbox"]}
        types:
          accounts: {mode: initialOnly, alias: {Cloud: Cloud EU}}
          projects: {overrides: [{match: {name: Web Legacy}, mode: initialOnly}]}
        steps:
          rules:
            - {match: {project: Web, step: "QA*"}, scope: {environments: {set: [Staging]}}}
        variables:
          rules:
            - {match: {name: Url}, overwrite: never}
        ownership:
          - {type: projects, field: Description, owner: destination}
          - {type: variable, name: "Dest.*", owner: destination}
        conflicts: {"project.LifecycleId": source}
        """

    private func answers(_ subject: String) throws -> [String: String] {
        let policy = try PresetTests.read(Self.settings)
        let lines = policy.explain(try PolicySubject.parse(subject)).lines
        return Dictionary(lines.map { ($0.question, "\($0.answer) ← \($0.decidedBy)") }) { first, _ in first }
    }

    @Test("S-4: documents, fields, steps and variables are explained by the line, the preset or the default")
    func lines() throws {
        #expect(try answers("projects/Web.Description")["owner"] == "destination ← ownership (line 17)")
        let lifecycle = try answers("projects/Web.LifecycleId")
        #expect(lifecycle["both sides changed it"] == "source ← conflicts.projects.LifecycleId (line 19)")
        #expect(try answers("project/Web.Name")["mode"]?.hasSuffix("types.projects.mode (default)") == true)
        #expect(try answers("projects/Web Legacy")["mode"]?.hasSuffix("types.projects.overrides (line 9)") == true)
        let sandbox = try answers("projects/Web Sandbox")["goes over"]
        #expect(
            sandbox == "no, '!Web Sandbox' leaves project Web Sandbox out ← select.projects (line 6)",
            "\(sandbox ?? "")"
        )
        let account = try answers("accounts/Cloud")
        #expect(account["mode"]?.hasSuffix("types.accounts.mode (line 8)") == true)
        #expect(account["name at the destination"] == "Cloud EU ← types.accounts.alias (line 8)")
        #expect(account["environment Test"] == "Staging ← environments (line 5)")
        #expect(account["environment *"]?.contains("existing") == false)
        #expect(try answers("steps/Web/QA sign-off")["environments"] == "Staging ← steps.rules (line 12)")
        #expect(
            try answers("steps/Web/Deploy")["only the destination has it"]?.hasSuffix("(preset lower-upper)") == true
        )
        #expect(try answers("variables/Web/Dest.Host")["owner"] == "destination ← ownership (line 18)")
        #expect(try answers("variables/Web/Url")["the source changed it"] == "never ← variables.rules (line 15)")
        let value = try answers("variables/librarySets/Shared/Port")
        #expect(value["new value"]?.hasSuffix("variables.newValue (preset lower-upper)") == true)
    }

    @Test(
        "what cannot be explained is told, with the nearest word",
        arguments: [
            ("projct/Web", "projects"), ("projects/Web.Descripton", "Description"), ("projects", "type/name"),
            ("steps/Web", "steps/Project/Step"), ("variables/Web", "variables/Project/Name"),
        ]
    )
    func unknown(subject: String, hint: String) {
        do {
            _ = try PolicySubject.parse(subject)
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains(hint), "\(error)")
        }
    }

    @Test("a name with a dot is a name, unless what follows is a field")
    func dots() throws {
        #expect(try PolicySubject.parse("projects/Octo.FX").key.name == "Octo.FX")
        #expect(try PolicySubject.parse("projects/Octo.FX.Description").key.name == "Octo.FX")
    }
}
