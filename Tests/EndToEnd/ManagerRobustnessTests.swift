import Catalog
import Foundation
import TestSupport
import Testing

/// What happens to the manager when things die, meet or are meant badly.
@Suite("The manager holds", .enabled(if: Browser.exists, "needs chromium and python3"))
struct ManagerRobustnessTests {
    @Test(
        """
        I-6, D-6: work goes on when its manager is killed and is seen in the next one; killed work and killed commands are \
        told; two tabs and two managers do not get into each other's way
        """
    )
    func killed() async throws {
        try await ManagerMachine.with { skerry in
            for name in ["Group 1", "Group 2"] { try await ManagerMachine.make(name, skerry) }
            let program = "\(BuiltProducts.packageRoot)/Tests/EndToEnd/Browser/manager-robust.py"
            let result = try await runPython([program, skerry.program], environment: skerry.variables)
            try #require(result.exitCode == 0, "\(result.standardError)\(result.standardOutput)")
            let seen = ManagerMachine.Seen(json: try JSON.parse(result.standardOutput))
            #expect(seen.text("running") == "Running…")
            #expect(seen.lines("afterKill") == ["Make it the default: server Group 2: running"])
            #expect(seen.text("stillRunning") == "Running…")
            #expect(seen.text("busy").hasPrefix("Not now: Something else is being done"), "\(seen.text("busy"))")
            #expect(seen.text("ended") == "Done.")
            #expect(seen.text("interrupted").hasPrefix("Interrupted:"), "\(seen.text("interrupted"))")
            #expect(seen.text("interruptedStep") == "It is not known how it ended.")
            #expect(seen.text("killed").hasPrefix("Failed.") && seen.text("killedStep").contains("137"))
            #expect(seen.text("renamed") == "Done.")
            #expect(seen.text("gone").contains("it may have been deleted"), "\(seen.text("gone"))")
            #expect(
                seen.lines("work") == [
                    "Rename: server Group 1 to Group One: done", "Settings: server Group 1: failed",
                    "Make it the default: server Group 1: interrupted", "Make it the default: server Group 2: done",
                ]
            )
            #expect(seen.json["live"] == true, "new lines of a log appear")
            #expect(seen.json["endsWithLog"] == 0, "a page that follows a log does not keep the manager")
            #expect(seen.json["others"] == [4, 4])
            let names = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            #expect(
                names.map { $0["name"] } == ["Group 2", "Group One"]
                    && names.map { $0["state"] } == ["running", "running"]
            )
        }
    }

    @Test("I-17: nothing that is typed into any form becomes markup, an option or a command of a shell; limits hold")
    func hostile() async throws {
        try await ManagerMachine.with { skerry in
            try await ManagerMachine.make("Group 1", skerry)
            #expect(try await skerry.agent.run("create-instance", "--instance", "Worker").exitCode == 0)
            let folder = "\(skerry.root)/hostile"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try await ManagerMachine.withManager(of: skerry) { link, _ in
                let seen = try await ManagerMachine.browse("manager-hostile", [link, folder])
                #expect(seen.json["wrong"] == [], "\(seen.json["wrong"]?.prettyText() ?? "")")
                #expect(seen.json["unlabelled"] == [], "each field has a label")
                #expect(seen.json["made"] == false)
                #expect(seen.json["scripts"]?.intValue ?? 0 > 60, "\(seen.json.text)")
            }
            let list = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            #expect(list.map { $0["name"] } == ["Group 1"], "nothing was done")
        }
    }

    @Test(
        "the log of a unit comes from systemd's journal, as it is written",
        .enabled(
            if: geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/lib/systemd/systemd-journald")
                && FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare"),
            "needs root, unshare and systemd-journald"
        )
    )
    func journal() async throws {
        try await withTemporaryDirectory { root in
            var skerry = SkerryProgram(root: root)
            skerry.environment["SKERRY_SERVICES"] = "systemd"
            #expect(try await skerry.run("create-instance", "--instance", "Group 1").exitCode == 0)
            let program = "\(BuiltProducts.packageRoot)/Tests/EndToEnd/Browser/manager-journal.py"
            let result = try await runProcess(
                "/usr/bin/unshare",
                ["-m", "python3", program, skerry.program],
                environment: skerry.variables,
                input: "",
                limit: .seconds(600)
            )
            try #require(result.exitCode == 0, "\(result.standardError)\(result.standardOutput)")
            let seen = ManagerMachine.Seen(json: try JSON.parse(result.standardOutput))
            #expect(seen.text("empty").contains("journalctl -u skerry-server-group-1.service"))
            #expect(seen.text("place") == "journalctl -u skerry-server-group-1.service")
            #expect(seen.json["lines"] == [1, 1] && seen.json["left"] == true && seen.json["ended"] == 0)
        }
    }
}
