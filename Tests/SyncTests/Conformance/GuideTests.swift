import Catalog
import Foundation
import Testing

@testable import Sync

/// The four things that the guide is about, in the documentation and in `sync advise`.
@Suite("What the guide covers")
struct GuideTests {
    private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../docs/sync/when-to-split.md").standardizedFileURL

    @Test("S-6: the page has when to split, when not, tools and the design of a process, as `sync advise` has them")
    func fourThings() throws {
        let page = try String(contentsOf: Self.page, encoding: .utf8)
        for title in [
            "Two servers", "One server is enough", "Tools that are made for something else", "A process of your own",
        ] {
            #expect(page.contains("\n## \(title)\n"), "\(title)")
        }
        #expect(AdviceReason.all.count > 10)
        for reason in AdviceReason.all {
            switch reason.answer {
            case .sync(let preset): #expect(page.contains("| `\(preset)` |"), "\(reason.name)")
            case .instead: #expect(reason.answers.contains { page.contains($0) }, "\(reason.name)")
            case .notYet: break
            }
        }
        for link in page.matches(of: /\]\(([a-z-]+\.md)\)/) {
            let file = Self.page.deletingLastPathComponent().appendingPathComponent(String(link.output.1))
            #expect(FileManager.default.fileExists(atPath: file.path), "\(link.output.1)")
        }
    }

    @Test("S-24, S-25, LS-18: an empty destination is not to be filled by tools that retire the old server")
    func toolsToAvoid() throws {
        func side(_ id: String, projects: [String]) -> AdviceFacts.Side {
            AdviceFacts.Side(
                identity: ReplicaIdentity(
                    url: "https://\(id).example",
                    spaceID: "Spaces-1",
                    spaceName: "Default",
                    serverVersion: "2026.1.0",
                    installationID: id
                ),
                environments: ["Development": "Environments-\(id)"],
                projects: Dictionary(projects.map { ($0, "Projects-\(id)") }) { first, _ in first },
                projectsInGit: []
            )
        }
        let facts = AdviceFacts(source: side("one", projects: ["Web"]), destination: side("two", projects: []))
        let finding = try #require(facts.findings.first { $0.code == "first-sync" })
        for number in ["S-24", "S-25", "LS-18"] { #expect(finding.answers.contains(number)) }
        for tool in ["migrator", "export and import", "octo export"] { #expect(finding.text.contains(tool), "\(tool)") }
        // Where the old server does go away, export and import is the answer, and sync is not.
        for name in ["to-cloud", "consolidate", "move-space"] {
            let reason = try #require(AdviceReason.named(name))
            #expect(reason.answer == .instead)
            #expect(reason.advice.contains("export and import"))
        }
    }
}
