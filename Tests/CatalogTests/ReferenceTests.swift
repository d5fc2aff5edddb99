import Catalog
import Testing

@Suite("References")
struct ReferenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var reference: Reference
        var value: JSON
        var tokens: [String]
        /// With `A-1` renamed to `B-1` and `A-2` dropped.
        var rewritten: JSON
        var testDescription: String { value.text }
    }

    static let embedded = Reference(to: .feeds, format: .embeddedJSON(members: ["FeedId"]))

    @Test(
        "Tokens are found and replaced in each format",
        arguments: [
            Case(reference: Reference(to: .feeds), value: "A-1", tokens: ["A-1"], rewritten: "B-1"),
            Case(reference: Reference(to: .feeds), value: "A-2", tokens: ["A-2"], rewritten: nil),
            Case(reference: Reference(to: .feeds), value: "#{Feed}", tokens: [], rewritten: "#{Feed}"),
            Case(reference: Reference(to: .feeds), value: "", tokens: [], rewritten: ""),
            Case(reference: Reference(to: .feeds), value: nil, tokens: [], rewritten: nil),
            Case(
                reference: Reference(to: .feeds, format: .list),
                value: ["A-2", "A-1", "A-3", "B-1"],
                tokens: ["A-2", "A-1", "A-3", "B-1"],
                rewritten: ["B-1", "A-3"]
            ),
            Case(
                reference: Reference(to: .feeds, format: .orderedList),
                value: ["A-3", "A-1"],
                tokens: ["A-3", "A-1"],
                rewritten: ["A-3", "B-1"]
            ),
            Case(
                reference: Reference(to: .teams, format: .commaList),
                value: "A-1, A-2,#{Team}",
                tokens: ["A-1", "A-2"],
                rewritten: "B-1,#{Team}"
            ),
            Case(
                reference: embedded,
                value: ##"{"a":[{"FeedId":"A-1"},{"FeedId":"#{F}"}],"Other":"A-1"}"##,
                tokens: ["A-1"],
                rewritten: ##"{"a":[{"FeedId":"B-1"},{"FeedId":"#{F}"}],"Other":"A-1"}"##
            ),
            Case(reference: embedded, value: "no json", tokens: [], rewritten: "no json"),
        ]
    )
    func formats(example: Case) {
        #expect(example.reference.tokens(in: example.value) == example.tokens)
        let rewritten = example.reference.replacingTokens(in: example.value) { token in
            switch token {
            case "A-1": "B-1"
            case "A-2": nil
            default: token
            }
        }
        #expect(rewritten == example.rewritten)
    }

    @Test("A key of a property means what its action's type says")
    func propertiesByActionType() {
        let key = "Octopus.Action.Package.PackageId"
        #expect(PropertyReference.reference(of: key, actionType: "Octopus.Script") == nil)
        #expect(PropertyReference.reference(of: key, actionType: "Octopus.DeployRelease")?.targets == [.projects])
    }
}
