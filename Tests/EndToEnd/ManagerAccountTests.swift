import Catalog
import Foundation
import TestSupport
import Testing

/// Accounts that instances run as, changed by the manager's pages.
@Suite(
    "The manager gives instances to accounts",
    .enabled(if: Browser.exists && geteuid() == 0, "needs chromium, python3 and root")
)
struct ManagerAccountTests {
    @Test("I-5, I-7, I-29: a server that runs gets another Unix account, and another again, and a new one its own")
    func accounts() async throws {
        try await ManagerMachine.with { skerry in
            // The accounts have to come by here.
            chmod(skerry.root, 0o755)
            try await ManagerMachine.make("Group 1", skerry)
            #expect(try await owner(of: "Group 1", on: skerry) == "root")
            var seen = ManagerMachine.Seen(json: .null)
            try await ManagerMachine.withManager(of: skerry) { link, _ in
                seen = try await ManagerMachine.browse(
                    "manager-account",
                    [link, "daemon", "nobody", "Correct-Horse-1"]
                )
            }
            #expect(seen.text("unknown").contains("This would fail"), "\(seen.text("unknown"))")
            #expect(seen.lines("first") == ["Done.", "State: running", "Account: daemon"], "\(seen.json)")
            #expect(seen.lines("second") == ["Done.", "State: running", "Account: nobody"], "\(seen.json)")
            #expect(seen.text("script").contains("--user=daemon --fix --start"), "\(seen.text("script"))")
            #expect(seen.text("created") == "Done." && seen.lines("new").contains("Account: daemon"), "\(seen.json)")
            for (name, account) in ["Group 1": "nobody", "Group 2": "daemon"] {
                #expect(try await owner(of: name, on: skerry) == account)
                let slug = name.replacing(" ", with: "-").lowercased()
                let foreign = try await files(of: slug, notOf: account, on: skerry)
                #expect(foreign.isEmpty, "\(foreign)")
            }
        }
    }

    /// The account of an instance's process.
    private func owner(
        of name: String,
        on skerry: SkerryProgram,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> String {
        let status = try await skerry.run("status", "--instance", name, "--json").json()
        let process = try #require(status["data"]?[0]?["pid"]?.intValue)
        let stat = try await runProcess("/usr/bin/stat", ["-c", "%U", "/proc/\(process)"])
        return stat.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What of an instance belongs to somebody else.
    private func files(
        of slug: String,
        notOf account: String,
        on skerry: SkerryProgram,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> String {
        let places = ["etc/skerry/server", "var/lib/skerry/server"].map { "\(skerry.root)/\($0)/\(slug)" }
        return try await runProcess("/usr/bin/find", places + ["!", "-user", account]).standardOutput
    }
}
