import Catalog
import Foundation
import TestSupport
import Testing

/// The manager's pages in a real browser, and its scripts in a real shell.
@Suite("The manager", .enabled(if: Browser.exists, "needs chromium and python3"))
struct ManagerTests {
    private static let password = "a password of Group 1"

    @Test(
        """
        I-6, I-7, I-9, I-10, I-11, I-12, I-16, I-17, I-18, I-23, I-42, D-8: all instances are seen, chosen, made, \
        stopped, started and deleted without scripts, each with the script of it, which makes an equal one elsewhere
        """
    )
    func journey() async throws {
        try await ManagerMachine.with { skerry in
            var seen: JSON = [:]
            let (port, agentPort, shared) = (try freePort(), try freePort(), try freePort())
            try await ManagerMachine.withManager(of: skerry) { link, process in
                seen = try await ManagerMachine.browse(
                    "manager",
                    [link, "\(port)", Self.password, "\(agentPort)", "\(shared)"]
                ).json
                process.send(signal: SIGINT)
                #expect(try await process.waitForEnd() == .exited(0))
            }
            func text(_ name: String) -> String { seen[name]?.stringValue ?? "" }
            #expect(text("first") == "Instances" && text("wizard") == "New instance")
            #expect(text("emptyName") == "Give the instance a name.")
            #expect(text("setUp") == "Set up Group 1" && text("proposed").hasPrefix("http://127.0.0.1:"))
            #expect(text("takenPort").contains("another program listens there"), "\(text("takenPort"))")
            #expect(seen["path"]?.stringsValue == ["Done.", "Done.", "Done.", "Done."], "I-25: \(seen["path"] ?? nil)")
            #expect(text("samePath").contains("Path 1"), "I-24: \(text("samePath"))")
            #expect(seen["dash"]?.stringsValue == ["Done.", "Done.", "Done.", "Done."], "\(seen["dash"] ?? nil)")
            #expect(text("noAccount").contains("no-such-account-here"))
            #expect(text("review") == "Create Group 1")
            #expect(text("created") == "Done.", "\(text("page"))")
            #expect(text("script") == text("scriptAfter"), "before and after it ran")
            #expect(!text("script").contains(Self.password) && !text("page").contains(Self.password))
            #expect(seen["key"]?.intValue ?? 0 > 20)
            #expect(text("sameName").contains("Group 1"), "\(text("sameName"))")
            #expect(text("agentCreated") == "Done.", "\(text("agentScript"))")
            #expect(Int(text("proposedPort")) ?? 0 >= 10_933)
            #expect(
                seen["choices"]?.stringsValue == [
                    "All instances", "Group 1 (server, running)", "Worker (agent, running)", "New instance…",
                ]
            )
            let rows = (seen["rows"]?.arrayValue ?? []).map(\.stringsValue)
            #expect(rows.count == 2 && rows.allSatisfy { $0[2] == "running" && !$0[3].isEmpty }, "\(rows)")
            #expect(seen["contrast"] == ["light": [], "dark": []])
            #expect(text("chosenAgent") == "Agent Worker" && text("chosenServer") == "Server Group 1")
            #expect(text("stopScript").hasSuffix("skerry service --instance=\"$INSTANCE\" --stop\n"))
            #expect(text("stopPlaybook").contains("- --stop") || text("stopPlaybook").contains("- '--stop'"))
            #expect(text("stoppedPlaybook") == text("stopPlaybook"), "before and after it ran")
            #expect(
                seen["saved"]?.stringsValue == [
                    "attachment; filename=\"skerry-manager-playbook.yaml\"", "application/yaml; charset=utf-8",
                    text("stopPlaybook"),
                ]
            )
            #expect(text("stopped") == "Done." && text("stateStopped") == "stopped")
            #expect(text("started") == "Done." && text("stateStarted") == "running")
            #expect(text("half").hasPrefix("Failed. The instance was deleted again"), "\(text("half"))")
            #expect(seen["afterHalf"]?.stringsValue.count == 4, "\(seen["afterHalf"] ?? nil)")
            let left = try FileManager.default.subpathsOfDirectory(atPath: skerry.root).filter { $0.contains("half") }
            #expect(
                left.allSatisfy { $0.hasPrefix("run/skerry/locks/") },
                "a wizard that failed leaves nothing: \(left)"
            )
            #expect(text("log").contains("listening on"))
            #expect(text("notDeleted").contains("Nothing was done"))
            #expect(text("deleteScript").contains("--purge"))
            #expect(text("deleted") == "Done." && text("agentDeleted") == "Done.")
            #expect(seen["last"]?.stringsValue == ["All instances", "New instance…"])
            #expect(text("Shell") == text("script"))
            let forms = [
                text("script"), try ExportedScript.shell(fromUserData: text("cloud-init")),
                try ExportedScript.shell(fromPlaybook: text("Ansible playbook")),
            ]
            try await ProposedPorts.alone {
                var made: [String] = []
                for form in forms.dropFirst() { made.append(try await configuration(madeBy: form)) }
                made.append(try await replay(forms[0], port: port))
                #expect(Set(made).count == 1, "each form makes the same: \(made)")
            }
        }
    }

    /// On another machine.
    private func configuration(madeBy script: String) async throws -> String {
        var told = ""
        try await ManagerMachine.with { skerry in
            let made = try await ManagerMachine.run(
                script,
                on: skerry,
                secrets: ["SKERRY_ADMIN_PASSWORD": Self.password]
            )
            #expect(made.exitCode == 0, "\(script)\(made.standardError)\(made.standardOutput)")
            told = try await configuration(of: skerry)
        }
        return told
    }

    /// Without what differs between machines.
    private func configuration(of skerry: SkerryProgram) async throws -> String {
        let configuration = try await skerry.run("show-configuration", "--instance", "Group 1", "--json")
        return try #require(try configuration.json()["data"]).text.replacing(skerry.root, with: "ROOT")
    }

    /// On another machine, under another name.
    private func replay(_ script: String, port: Int) async throws -> String {
        var told = ""
        let secrets = ["SKERRY_ADMIN_PASSWORD": Self.password]
        try await ManagerMachine.with { skerry in
            let first = try await ManagerMachine.run(script, on: skerry, secrets: secrets)
            #expect(first.exitCode == 0, "\(first.standardError)\(first.standardOutput)")
            told = try await configuration(of: skerry)
            #expect(told.contains("http://127.0.0.1:\(port)/"), "\(told)")
            let second = script.replacing("INSTANCE='Group 1'", with: "INSTANCE='Group 2'").split(separator: "\n")
                .filter { !$0.contains("--webListenPrefixes") }.joined(separator: "\n")
            let again = try await ManagerMachine.run(second, on: skerry, secrets: secrets)
            #expect(again.exitCode == 0, "\(again.standardError)\(again.standardOutput)")
            let status = try await skerry.run("status", "--all", "--json").json()["data"]?.arrayValue ?? []
            #expect(status.map { $0["state"] } == ["running", "running"], "\(status)")
        }
        return told
    }

    @Test("only who opened the link gets in, once, under the machine's own names, and only from its own forms")
    func access() async throws {
        try await ManagerMachine.with { skerry in
            try await ManagerMachine.withManager(of: skerry) { link, _ in
                let base = String(link.prefix { $0 != "?" }.dropLast("/open".count))
                let jar = "\(skerry.root)/jar"
                func curl(_ arguments: String...) async throws -> String {
                    let result = try await runProcess(
                        "/usr/bin/curl",
                        ["-s", "-m", "30", "-w", "\n%{http_code}"] + arguments,
                        environment: [:],
                        input: "",
                        limit: .seconds(60)
                    )
                    return result.standardOutput
                }
                #expect(try await curl(base).hasSuffix("\n401"))
                #expect(try await curl("\(base)/open?token=\(String(repeating: "0", count: 64))").hasSuffix("\n403"))
                #expect(try await curl("-c", jar, link).hasSuffix("\n303"))
                #expect(try await curl(link).hasSuffix("\n403"), "the link is good for one browser")
                #expect(try await curl("-b", jar, base).hasSuffix("\n200"))
                #expect(try await curl("-b", jar, "-H", "Host: elsewhere.example", base).hasSuffix("\n421"))
                let foreign = try await curl("-b", jar, "-d", "kind=server&name=Mine&form=guess", "\(base)/new")
                #expect(foreign.hasSuffix("\n403"))
                #expect(try await curl("-b", jar, "\(base)/instances/server/none").hasSuffix("\n404"))
                #expect(
                    try await curl("-b", jar, "\(base)/go?place=//elsewhere.example", "-i").contains("ocation: /\r")
                )
                let list = try await skerry.run("list-instances", "--json").json()["data"]
                #expect(list == [], "nothing was made")
            }
        }
    }
}
