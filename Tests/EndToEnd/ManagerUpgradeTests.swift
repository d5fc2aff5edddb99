import Catalog
import Foundation
import TestSupport
import Testing

/// Upgrades by the manager's page, of real programs that differ in their number.
@Suite("The manager upgrades", .enabled(if: Browser.exists, "needs chromium and python3"))
struct ManagerUpgradeTests {
    private static let versions = ["2026.1.0", "2026.9.9", "2026.9.8"]

    @Test(
        """
        I-6, I-18, I-32, I-33, I-44: the page says what an upgrade would do and what is in the way, carries it out, goes \
        back, and the manager of a version that is gone goes on
        """
    )
    func upgrade() async throws {
        try await withTemporaryDirectory { folder in
            let programs = "\(folder)/machine/opt/skerry"
            let made = try await makeVersions(in: "\(folder)/incoming")
            var skerry = SkerryProgram(root: "\(folder)/machine")
            skerry.environment["SKERRY_SERVICES"] = "supervisor"
            skerry.program = "\(made[0])/bin/skerry"
            try await succeed(skerry, "upgrade", made[0])
            skerry.program = "\(programs)/current/bin/skerry"
            let machine = skerry
            try await succeed(machine, "create-instance", "--instance", "Group 1")
            try await succeed(
                machine,
                "configure",
                "--instance",
                "Group 1",
                "--webListenPrefixes",
                "http://127.0.0.1:0/"
            )
            try await machine.supervise { _ in
                try await succeed(machine, "service", "--install", "--start", "--instance", "Group 1")
                let before = try await machine.run("show-configuration", "--instance", "Group 1").standardOutput
                try await ManagerMachine.withManager(of: machine) { link, process in
                    let seen = try await ManagerMachine.browse("manager-upgrade", [link, made[1], made[2]])
                    check(seen, made)
                    try await replay(seen.text("script"), in: "\(folder)/other")
                    process.send(signal: SIGINT)
                    #expect(try await process.waitForEnd() == .exited(0))
                }
                let status = try await machine.run("status", "--all", "--json").json()["data"]?.arrayValue ?? []
                #expect(status.map { $0["state"] } == ["running"] && status.map { $0["version"] } == ["2026.9.9"])
                let after = try await machine.run("show-configuration", "--instance", "Group 1").standardOutput
                #expect(after == before && before.contains("webListenPrefixes"))
                _ = try await machine.run("service", "--stop", "--all")
            }
        }
    }

    /// On a machine without a version.
    private func replay(_ script: String, in root: String) async throws {
        let other = SkerryProgram(root: root)
        let result = try await ManagerMachine.run(script, on: other)
        #expect(result.exitCode == 0, "\(result.standardError)")
        let linked = try FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/opt/skerry/current")
        #expect(linked.hasSuffix("2026.9.9"))
    }

    private func check(_ seen: ManagerMachine.Seen, _ made: [String]) {
        #expect(seen.lines("before").contains("In use: 2026.1.0"))
        #expect(seen.lines("before").contains("Server Group 1: runs 2026.1.0"))
        #expect(seen.text("nothing").contains("the directory is missing"))
        #expect(seen.text("relative").contains("begins with /"))
        #expect(seen.text("nowhere").contains("would fail") && seen.text("nowhereText").contains("/nowhere/skerry-9"))
        #expect(seen.text("refused").hasPrefix("Failed."))
        #expect(seen.text("check").contains("Would upgrade from 2026.1.0 to 2026.9.9"), "\(seen.text("check"))")
        #expect(seen.text("check").contains("restarted: Group 1"))
        #expect(seen.text("script").hasSuffix("\nskerry upgrade \(made[1])\n"))
        #expect(seen.text("script") == seen.text("scriptAfter"))
        #expect(seen.text("upgraded") == "Done.", "\(seen.text("output"))")
        #expect(seen.lines("after").contains("In use: 2026.9.9"))
        #expect(seen.lines("after").contains("On the disk: 2026.1.0"), "side by side")
        #expect(seen.lines("after").contains("Server Group 1: runs 2026.9.9"))
        #expect(seen.text("notice").contains("These pages are of version 2026.1.0"))
        #expect(seen.text("third") == "Done.")
        #expect(seen.lines("afterThird").contains("Server Group 1: runs 2026.9.8"))
        #expect(!seen.lines("afterThird").contains("On the disk: 2026.1.0"), "\(seen.lines("afterThird"))")
        #expect(seen.text("restarted") == "Done.")
        #expect(seen.lines("links").contains("Back to 2026.9.9"))
        #expect(seen.text("back") == "Done.")
        #expect(seen.lines("afterBack").contains("In use: 2026.9.9"))
        #expect(seen.lines("work").count == 5 && seen.lines("work").filter { $0.hasSuffix(": done") }.count == 4)
        #expect(seen.text("recover") == "Done.")
    }

    /// The built programs under several numbers. The agent is the same in each.
    private func makeVersions(in folder: String) async throws -> [String] {
        var directories: [String] = []
        for version in Self.versions {
            let directory = "\(folder)/skerry-\(version)"
            try FileManager.default.createDirectory(atPath: "\(directory)/bin", withIntermediateDirectories: true)
            // Another process writes the programs: one that this process has open for writing cannot be run.
            let made = try await runPython([
                "-c",
                """
                import os, sys
                source, agent, directory, version = sys.argv[1:]
                data = open(source, "rb").read().replace(b"\(Self.versions[0])", version.encode())
                open(f"{directory}/bin/skerry", "wb").write(data)
                open(f"{directory}/bin/skerry-agent", "w").write(f'#!/bin/sh\\nexec {agent} "$@"\\n')
                for name in ["skerry", "skerry-agent"]: os.chmod(f"{directory}/bin/{name}", 0o755)
                """,
                BuiltProducts.skerry, BuiltProducts.skerryAgent, directory, version,
            ])
            try #require(made.exitCode == 0, "\(made.standardError)")
            directories.append(directory)
        }
        return directories
    }

    private func succeed(_ skerry: SkerryProgram, _ arguments: String...) async throws {
        let result = try await skerry.run(arguments, limit: .seconds(240))
        try #require(result.exitCode == 0, "\(arguments): \(result.standardError)\(result.standardOutput)")
    }
}
