import Catalog
import Foundation
import TestSupport
import Testing

/// The manager for those who cannot see well, and for those without a mouse.
@Suite("The manager's pages are for everybody", .enabled(if: Browser.exists, "needs chromium and python3"))
struct ManagerAccessTests {
    @Test(
        """
        I-6, I-7: every page can be read in light and dark and on a small screen, calls all that can be used by a name, and a \
        server is made with the keyboard alone
        """
    )
    func access() async throws {
        try await ManagerMachine.with { skerry in
            for (program, name) in [(skerry, "Group 1"), (skerry, "Broken"), (skerry.agent, "Worker")] {
                #expect(try await program.run("create-instance", "--instance", name).exitCode == 0)
            }
            try FileManager.default.removeItem(atPath: "\(skerry.root)/etc/skerry/server/broken/config.json")
            try await ManagerMachine.withManager(of: skerry) { link, _ in
                let seen = try await ManagerMachine.browse("manager-access", [link])
                #expect(seen.json["bad"] == [], "\(seen.json["bad"]?.prettyText() ?? "")")
                #expect(seen.json["pages"]?.intValue ?? 0 > 30)
                #expect(seen.text("repaired") == "Done." && seen.text("state") == "stopped", "D-3")
                #expect(seen.text("skip") == "Skip to the content" && seen.json["skipIsSeen"] == true)
                #expect(seen.json["found"] == true && seen.text("ring") == "solid")
                #expect(seen.json["opened"] == true && seen.json["next"] == true, "\(seen.json.text)")
                #expect(seen.json["password"] == true && seen.json["review"] == true && seen.json["cancel"] == true)
            }
        }
    }
}
