import Catalog
import Testing

@testable import Sync

@Suite("What servers make of what they are sent")
struct LearnedFormTests {
    struct Example: Sendable {
        var form: Normalisation.Form
        var sent: JSON
        var stored: JSON
        var other: JSON
    }

    static let examples: [Example] = [
        Example(form: .trimmed, sent: " a b ", stored: "a b", other: "ab"),
        Example(form: .lineEndings, sent: "a\r\nb", stored: "a\nb", other: "a b"),
        Example(form: .caseless, sent: "Abc", stored: "abc", other: "abd"),
        Example(form: .unordered, sent: ["b", "a"], stored: ["a", "b"], other: ["a", "a"]),
        Example(form: .filled, sent: "", stored: "x", other: 7),
        Example(form: .filled, sent: [], stored: ["x"], other: "x"),
    ]

    @Test("E-106: each form explains what it says, and nothing else", arguments: examples)
    func forms(example: Example) {
        #expect(example.form.makes(example.sent, example.stored))
        #expect(example.form.makes(example.stored, example.stored))
        #expect(!example.form.makes(example.sent, example.other))
        #expect(Normalisation.Form.filled.makes(.null, example.stored))
        #expect(!Normalisation.Form.filled.makes(example.stored, example.other))
    }

    @Test("E-106: with the rule the stored form is no difference; changes of either side still are")
    func planning() throws {
        let web = EntityKey(.projects, "Web")
        var duo = Duo()
        duo.source.project("Web", ["Description": " text "])
        try duo.sync()
        // As a server does that trims.
        duo.destination.edit(web) { $0["Description"] = "text" }
        #expect(try duo.plan().plan.notices.contains { $0.code == "drift" })
        duo.policy.normalisations = [.init(kind: "projects", path: ["Description"], form: .trimmed)]
        let settled = try duo.sync()
        #expect(settled.operations == [] && !settled.notices.contains { $0.code == "drift" })
        duo.source.edit(web) { $0["Description"] = " newer " }
        #expect(try duo.sync().operations.map(\.summary) == ["110 update projects/Web: Description"])
        #expect(duo.destination.replica[web]?.body["Description"] == " newer ")
        duo.destination.edit(web) { $0["Description"] = "newer" }
        #expect(try duo.sync().operations == [])
        duo.destination.edit(web) { $0["Description"] = "mine" }
        let kept = try duo.sync()
        #expect(kept.conflicts == [] && kept.operations == [] && kept.notices.contains { $0.code == "drift" })
    }

    @Test("E-106: a rule reaches into steps, by their names")
    func steps() throws {
        let process = EntityKey(.deploymentProcesses, "Web")
        var duo = Duo()
        duo.source.project("Web", steps: [step("A", properties: ["Script": "a\r\nb"]), step("B")])
        try duo.sync()
        duo.destination.edit(process) { body in
            body["Steps"] = [step("A", properties: ["Script": "a\nb"]), step("B")]
        }
        #expect(try duo.plan().plan.notices.contains { $0.code == "drift" })
        let path = ["Steps", "*", "Actions", "*", "Properties", "Script"]
        duo.policy.normalisations = [.init(kind: "processes", path: path, form: .lineEndings)]
        let plan = try duo.sync()
        #expect(plan.operations == [] && !plan.notices.contains { $0.code == "drift" })
    }

    @Test("E-106: a rule is put into a policy as a person would write it, and a wrong one is an error with its line")
    func policy() throws {
        let head = """
            apiVersion: skerry.sync/v1
            source: {url: "https://s.example", auth: env:S}
            destination: {url: "https://d.example", auth: env:D}

            """
        var text = head
        for rule in [
            Normalisation(kind: "projects", path: ["Description"], form: .trimmed),
            Normalisation(kind: "channels", path: ["Rules", "*", "Tag"], form: .filled),
        ] { text = try PolicyEditing.adding(rule, to: text) }
        #expect(
            text.hasSuffix("normalisations:\n  \"projects.Description\": trimmed\n  \"channels.Rules/*/Tag\": filled\n")
        )
        let read = try PolicyFile.parse(text, catalog: .standard)
        #expect(read.normalisations.map(\.path) == [["Description"], ["Rules", "*", "Tag"]])
        for wrong in ["projects.Descriptoin", "variables.value", "Description", "projects."] {
            let file = head + "normalisations: {\"\(wrong)\": trimmed}"
            #expect(throws: PolicyError.self) { try PolicyFile.parse(file, catalog: .standard) }
        }
    }
}
