import Catalog
import Testing

@testable import Sync

@Suite("Rules that are put into a policy")
struct PolicyEditingTests {
    static let head = """
        # Our policy; ask the platform team before you change it.
        apiVersion: skerry.sync/v1
        source: {url: "https://a.example", auth: env:A}   # the dev server
        destination: {url: "https://b.example", auth: env:B}

        """

    private func adding(_ text: String, _ key: String = "projects.Description") throws -> String {
        try PolicyEditing.addingConflictRule(key, .source, to: Self.head + text)
    }

    @Test("without a block of conflicts one is written at the end")
    func newBlock() throws {
        #expect(try adding("") == Self.head + "conflicts:\n  \"projects.Description\": source\n")
        #expect(
            try adding("widening: refuse   # yes")
                == Self.head + "widening: refuse   # yes\nconflicts:\n  \"projects.Description\": source\n"
        )
    }

    @Test(
        "an existing block gets one more line, in its own style, and nothing else moves",
        arguments: [
            (
                "conflicts:\n    default: stop   # ask\n    # descriptions\n\nwidening: refuse\n",
                "conflicts:\n    default: stop   # ask\n    # descriptions\n    \"projects.Description\": source\n\nwidening: refuse\n"
            ),
            (
                "conflicts: {default: stop}   # short\nwidening: refuse\n",
                "conflicts: {default: stop, \"projects.Description\": source}   # short\nwidening: refuse\n"
            ),
            ("conflicts: {}\n", "conflicts: {\"projects.Description\": source}\n"),
            (
                "conflicts: {\n  default: stop, # it's {here}\n  \"variable.value\": manual\n}\nwidening: refuse\n",
                "conflicts: {\n  default: stop, # it's {here}\n  \"variable.value\": manual, \"projects.Description\": source\n}\nwidening: refuse\n"
            ),
            (
                "conflicts:\n  \"variable.value\": manual\n# about widening\nwidening: refuse\n",
                "conflicts:\n  \"variable.value\": manual\n  \"projects.Description\": source\n# about widening\nwidening: refuse\n"
            ),
        ]
    )
    func existing(_ before: String, _ after: String) throws { #expect(try adding(before) == Self.head + after) }

    @Test(
        "a rule that is there already gets another word",
        arguments: [
            (
                "conflicts:\n  \"projects.Description\": manual   # for now\n",
                "conflicts:\n  \"projects.Description\": source   # for now\n"
            ),
            (
                "conflicts: {\"projects.Description\": manual, default: stop}\n",
                "conflicts: {\"projects.Description\": source, default: stop}\n"
            ),
        ]
    )
    func again(_ before: String, _ after: String) throws { #expect(try adding(before) == Self.head + after) }

    @Test("what cannot be added to safely is left alone, with the line to write by hand")
    func refused() {
        let problem = #expect(throws: PolicyEditing.Problem.self) { try adding("conflicts: &x {default: stop}\n") }
        #expect(problem?.description.contains("conflicts: {\"projects.Description\": source}") == true)
        #expect(throws: PolicyEditing.Problem.self) { try adding("", "projects.Descriptoin") }
    }
}
