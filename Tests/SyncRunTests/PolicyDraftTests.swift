import Catalog
import Sync
import Testing

@testable import SyncRun

@Suite("The first policy that init writes")
struct PolicyDraftTests {
    @Test("is accepted by the reader of policies, and says what the environments say")
    func accepted() throws {
        let draft = PolicyDraft(
            source: .init(url: "https://dev.example", space: "Team \"A\"", auth: "env:SRC_KEY"),
            destination: .init(url: "https://prod.example", space: "Default", auth: "file:prod.key")
        )
        let text = draft.text(
            sourceEnvironments: ["Development", "Staging", "yes: no #1"],
            destinationEnvironments: ["staging", "Production"]
        )
        let policy = try PolicyFile.parse(text, catalog: .standard)
        #expect(policy.source.space == "Team \"A\"")
        #expect(policy.destination.credential == .file("prod.key"))
        #expect(
            policy.environments.map(\.pattern) == ["Development", "Staging", "yes: no #1", "*"]
        )
        #expect(policy.environments.map(\.target) == [.drop, .same, .drop, .same])
    }

    @Test("S-9, S-116: with a preset and a mapping it is ten lines, and reads")
    func preset() throws {
        let draft = PolicyDraft(
            source: .init(url: "https://dev.example", space: "Default", auth: "env:SRC_KEY"),
            destination: .init(url: "https://prod.example", space: "Default", auth: "env:DST_KEY"),
            preset: "lower-upper",
            mapping: ["Test": "Staging, Production"]
        )
        let text = draft.text(
            PolicyDraft.Environments(source: ["Development", "Test"], destination: ["Staging", "Production"])
        )
        #expect(text.split(separator: "\n").filter { !$0.hasPrefix("#") }.count <= 10, "\(text)")
        let policy = try PolicyFile.parse(text, catalog: .standard)
        #expect(policy.preset == "lower-upper")
        let written = policy.environments.filter { $0.line > 0 }
        #expect(written.map(\.target) == [.drop, .names(["Staging", "Production"]), .existing])
    }

    @Test("a space that is still empty gets the environments of the source")
    func emptyDestination() throws {
        let side = PolicyDraft.Side(url: "https://dev.example", space: "Default", auth: "env:KEY")
        let text = PolicyDraft(source: side, destination: side)
            .text(sourceEnvironments: ["Staging", "Production"], destinationEnvironments: [])
        let policy = try PolicyFile.parse(text, catalog: .standard)
        #expect(policy.environments.map(\.target) == [.same, .same, .same])
    }
}
