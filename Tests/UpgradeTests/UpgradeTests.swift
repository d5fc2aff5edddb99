import Catalog
import Foundation
import Instances
import TestSupport
import Testing

@testable import Upgrade

@Suite("Upgrades", .serialized) struct UpgradeTests {
    private typealias Machine = UpgradeMachine
    private let before = [Machine.old, "one running \(Machine.old)", "three stopped -", "two running \(Machine.old)"]
    private let after = [Machine.new, "one running \(Machine.new)", "three stopped -", "two running \(Machine.new)"]

    @Test("I-31, I-32, I-33, I-38, I-44, D-9: one command upgrades all; exactly those that ran run, at the new version")
    func all() async throws {
        try await withUpgradeMachine { machine in
            let source = try await machine.makeVersion(Machine.new)
            let dry = try await machine.succeed("upgrade", source, "--dry-run")
            #expect(dry.standardOutput.contains("Would upgrade from \(Machine.old) to \(Machine.new): 3 instances"))
            #expect(try await machine.picture() == before)
            let alice = try MachineUser("alice", of: machine.root)
            try alice.add("server", slug: "web", name: "web")
            let done = try await machine.succeed("upgrade", source, "--json")
            let data = try done.json()["data"]
            #expect(data?["restarted"] == ["one", "two"])
            #expect(data?["otherUsers"]?[0]?["user"] == "alice", "\(done.standardOutput)")
            let hint = "sudo -iu alice skerry upgrade \(machine.programs)/\(Machine.new)"
            #expect(done.standardError.contains(hint), "\(done.standardError)")
            #expect(try await machine.picture() == after)
            let kept = FileManager.default.fileExists(atPath: "\(machine.programs)/\(Machine.old)/bin/skerry")
            #expect(kept, "the version before stays for a way back")
            let again = try await machine.skerry("upgrade", source)
            #expect(again.exitCode == 1 && again.standardError.contains("is what runs here already"))
            let back = try await machine.makeVersion(Machine.old)
            try await machine.succeed("upgrade", back)
            #expect(try await machine.picture() == before)
        }
    }

    @Test(
        """
        I-38, I-39, D-9: one upgrade, with one copy of the programs, serves all agents of the machine, the servers, the \
        front door and the supervisors; a server can go on at the version before, beside the others
        """
    )
    func agentsAndCompanions() async throws {
        try await withUpgradeMachine(hasAgents: true) { machine in
            let port = try freePort()
            let shared = "http://127.0.0.1:\(port)/group"
            try await machine.succeed("create-instance", "--instance", "zwei")
            try await machine.succeed("configure", "--instance", "zwei", "--webListenPrefixes", shared)
            try await machine.succeed("admin", "--instance", "zwei", "--username", "admin")
            try await machine.succeed("service", "--install", "--start", "--instance", "zwei")
            for name in ["Agent 1", "Agent 2", "Agent 3", "idle"] {
                #expect(try await machine.agent("create-instance", "--instance", name).exitCode == 0)
                let local = ["configure", "--instance", name, "--port", "0", "--listenIpAddress", "127.0.0.1"]
                let settled = try await runProcess(
                    "\(machine.programs)/current/bin/skerry-agent",
                    local,
                    environment: machine.environment
                )
                #expect(settled.exitCode == 0, "\(settled.standardError)")
                let flags = name == "idle" ? "--reconfigure" : "--start"
                let begun = try await machine.agent("service", "--install", flags, "--instance", name)
                #expect(begun.exitCode == 0, "\(begun.standardError)")
            }
            func agents(_ version: String) -> [String] {
                (1...3).map { "Agent \($0) running \(version)" } + ["idle stopped -"]
            }
            func companions(_ version: String) -> [String: String] {
                ["server-supervisor": version, "agent-supervisor": version, "front-door": version]
            }
            try await wait(for: "the front door") { machine.companions == companions(Machine.old) }
            #expect(try await machine.pictureOfAgents() == agents(Machine.old))
            let pages = { try await runProcess("/usr/bin/curl", ["-s", "-f", "\(shared)/api"]).exitCode }
            try await wait(for: "the shared address") { try await pages() == 0 }

            let done = try await machine.succeed("upgrade", try await machine.makeVersion(Machine.new), "--json")
            let results = try done.json()["instances"]?.arrayValue ?? []
            #expect(results.count { $0["ok"] == true } == 8, "\(results)")
            #expect(try await machine.picture() == after + ["zwei running \(Machine.new)"])
            #expect(try await machine.pictureOfAgents() == agents(Machine.new))
            try await wait(for: "the companions") { machine.companions == companions(Machine.new) }
            try await wait(for: "the shared address") { try await pages() == 0 }
            let copies = try FileManager.default.subpathsOfDirectory(atPath: machine.programs)
            #expect(copies.count { $0.hasSuffix("\(Machine.new)/bin/skerry-agent") } == 1)

            // A single server at the version before, beside the others; a supervisor would stop it again.
            try await machine.succeed("service", "--uninstall", "--instance", "three")
            let old = "\(machine.programs)/\(Machine.old)/bin/skerry"
            try await withProcess(old, ["run", "--instance", "three"], environment: machine.environment) { process in
                _ = try await process.line("the address") { $0.hasPrefix("listening") }
                #expect(try await machine.picture().contains("three running \(Machine.old)"))
                #expect(try await machine.picture().contains("one running \(Machine.new)"))
                process.send(signal: SIGTERM)
                #expect(try await process.waitForEnd() == .exited(0))
            }
        }
    }

    @Test("I-1, I-44: set up, kept running, backed up and upgraded without ever naming an instance")
    func withoutNames() async throws {
        try await withTemporaryDirectory { folder in
            let machine = Machine(root: "\(folder)/machine", incoming: "\(folder)/incoming")
            let first = try await machine.makeVersion(Machine.old)
            let installed = try await runProcess(
                "\(first)/bin/skerry",
                ["upgrade", first],
                environment: machine.environment
            )
            #expect(installed.exitCode == 0, "\(installed.standardError)")
            do {
                for line in [
                    ["create-instance"], ["configure", "--webListenPrefixes", "http://127.0.0.1:0/"],
                    ["admin", "--username", "admin"], ["service", "--install", "--start"], ["status"],
                    ["wait-ready"], ["backup", "--to", "\(folder)/backups", "--without-key"],
                ] {
                    let result = try await runProcess(
                        "\(machine.programs)/current/bin/skerry",
                        line,
                        environment: machine.environment,
                        limit: .seconds(240)
                    )
                    #expect(result.exitCode == 0, "\(line): \(result.standardError)")
                }
                try await machine.succeed("upgrade", try await machine.makeVersion(Machine.new))
                #expect(try await machine.picture() == [Machine.new, "main running \(Machine.new)"])
                try await machine.succeed("service", "--stop")
            } catch {
                try? await machine.stopAll()
                throw error
            }
            try await machine.stopAll()
        }
    }

    @Test(
        "a supervisor or front door that does not come back is a failure, too, and is taken back",
        arguments: ["supervise", "front-door"]
    )
    func brokenCompanion(command: String) async throws {
        try await withUpgradeMachine { machine in
            let shared = "http://127.0.0.1:\(try freePort())/group"
            try await machine.succeed("configure", "--instance", "three", "--webListenPrefixes", shared)
            let companions = ["server-supervisor": Machine.old, "front-door": Machine.old]
            try await wait(for: "the front door") { machine.companions == companions }
            let source = try await machine.makeVersion(
                Machine.new,
                script: "if [ \"$1\" = \(command) ]; then echo broken >&2; exit 1; fi"
            )
            let result = try await machine.skerry("upgrade", source, "--timeout", "20")
            #expect(result.exitCode == 1 && result.standardError.contains("was taken back"), "\(result.standardError)")
            #expect(try await machine.picture() == before)
            try await wait(for: "the companions as before") { machine.companions == companions }
            try checkTidy(machine)
        }
    }

    @Test("pre-flight: what is in the way is named, all of it, and nothing is touched")
    func refused() async throws {
        try await withUpgradeMachine { machine in
            let good = try await machine.makeVersion(Machine.new)
            func refused(_ source: String, _ words: String..., isolation: isolated (any Actor)? = #isolation)
                async throws
            {
                let result = try await machine.skerry("upgrade", source)
                #expect(result.exitCode == 1)
                for word in words { #expect(result.standardError.contains(word), "\(result.standardError)") }
                #expect(try await machine.picture() == before)
            }
            try await refused("\(machine.root)/nowhere", "the new version does not work here")
            try await refused(try await machine.makeVersion(Machine.new, script: "exit 3"), "does not work here")
            let configuration = "\(machine.root)/etc/skerry/server/three/config.json"
            let text = try String(contentsOfFile: configuration, encoding: .utf8)
            try "{".write(toFile: configuration, atomically: true, encoding: .utf8)
            let broken = try await machine.skerry("upgrade", good)
            #expect(broken.exitCode == 1 && broken.standardError.contains("the server instance \"three\""))
            try text.write(toFile: configuration, atomically: true, encoding: .utf8)
            try await machine.succeed("service", "--uninstall", "--instance", "three")
            let program = "\(machine.programs)/current/bin/skerry"
            try await withProcess(program, ["run", "--instance", "three"], environment: machine.environment) {
                process in
                _ = try await process.line("the address") { $0.hasPrefix("listening") }
                let byHand = try await machine.skerry("upgrade", good)
                #expect(byHand.exitCode == 1 && byHand.standardError.contains("was started by hand"))
            }
            #expect(try await machine.picture() == before)
        }
    }

    @Test(
        "I-40: an account without the rights over an instance is told which, and nothing is touched",
        .enabled(if: geteuid() == 0)
    )
    func rights() async throws {
        try await withUpgradeMachine { machine in
            let source = try await machine.makeVersion(Machine.new)
            _ = try await runProcess("/bin/chmod", ["-R", "a+rX", machine.root, machine.incoming])
            var folder = machine.root
            while folder != "/" {
                chmod(folder, 0o755)
                folder = URL(filePath: folder).deletingLastPathComponent().path
            }
            let result = try await runProcess(
                "/usr/bin/setpriv",
                [
                    "--reuid", "65534", "--regid", "65534", "--clear-groups", "\(source)/bin/skerry", "upgrade", source,
                    "--dry-run",
                ],
                environment: machine.environment
            )
            #expect(result.exitCode == 6, "\(result.standardError)")
            #expect(result.standardError.contains("the server instance \"one\" belongs to root"))
            #expect(result.standardError.contains("you may not write to"))
            #expect(try await machine.picture() == before)
        }
    }

    /// The new version says that databases need a migration.
    private static let pending = """
        if [ "$1" = selftest ]; then "$real" "$@" | sed 's/"pending": 0/"pending": 1/'; exit 0; fi
        """

    @Test(
        "whatever fails in the middle, everything runs as before, at the old version",
        arguments: [
            // A migration that spoils the database and fails.
            """
            \(pending)
            if [ "$1" = migrate ]; then
              echo spoiled > "$SKERRY_ROOT/var/lib/skerry/server/one/skerry.db"
              echo wal > "$SKERRY_ROOT/var/lib/skerry/server/one/skerry.db-wal"; exit 1
            fi
            """,
            // A program that looks well and cannot run.
            "if [ \"$1\" = run ]; then echo broken >&2; exit 1; fi",
            // One that runs the first instance and not the second.
            "\(pending)\nif [ \"$1 $3\" = \"run two\" ]; then exit 1; fi",
            // A program that is killed while it migrates.
            "\(pending)\nif [ \"$1\" = migrate ]; then kill -9 $$; fi",
        ]
    )
    func failure(script: String) async throws {
        try await withUpgradeMachine { machine in
            let source = try await machine.makeVersion(Machine.new, script: script)
            let result = try await machine.skerry("upgrade", source, "--timeout", "20")
            #expect(result.exitCode == 1 && result.standardError.contains("was taken back"), "\(result.standardError)")
            #expect(try await machine.picture() == before)
            try checkTidy(machine)
            let good = try await machine.makeVersion(Machine.new)
            try await machine.succeed("upgrade", good)
            #expect(try await machine.picture() == after)
        }
    }

    private func checkTidy(_ machine: Machine) throws {
        let programs = try FileManager.default.contentsOfDirectory(atPath: machine.programs)
        #expect(programs.sorted() == [Machine.old, "current"])
        for name in ["one", "two", "three"] {
            let home = try FileManager.default.contentsOfDirectory(
                atPath: "\(machine.root)/var/lib/skerry/server/\(name)"
            )
            #expect(!home.contains { $0.contains("before-upgrade") })
        }
    }

    @Test(
        "killed in any phase and without a watcher, --recover makes everything as before",
        arguments: UpgradeJournal.Phase.allCases
    )
    func killed(phase: UpgradeJournal.Phase) async throws {
        try await withUpgradeMachine { machine in
            let source = try await machine.makeVersion(Machine.new, script: Self.pending)
            let root = machine.root
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [root = root as String, source = source as String, phase = phase.rawValue as String] in
                setenv("SKERRY_ROOT", root, 1)
                setenv("SKERRY_SERVICES", "supervisor", 1)
                let upgrade = Upgrade(paths: try InstancePaths.current()) { _ in }
                _ = try await upgrade.run(from: source) { begun in
                    if begun.rawValue == phase { kill(getpid(), SIGKILL) }
                }
            }
            let recovered = try await machine.skerry("upgrade", "--recover")
            #expect(recovered.exitCode == 0, "\(recovered.standardError)")
            #expect(try await machine.picture() == (phase == .done ? after : before))
            if phase != .done { try checkTidy(machine) }
            let nothing = try await machine.succeed("upgrade", "--recover")
            #expect(nothing.standardOutput.contains("No upgrade was interrupted"))
        }
    }

    @Test("when the process that does the work is killed, the one that watches it takes everything back")
    func watched() async throws {
        try await withUpgradeMachine { machine in
            let source = try await machine.makeVersion(
                Machine.new,
                script: "\(Self.pending)\nif [ \"$1\" = migrate ]; then sleep 600; fi"
            )
            let program = "\(machine.programs)/current/bin/skerry"
            try await withProcess(program, ["upgrade", source], environment: machine.environment) { process in
                let journal = "\(machine.programs)/.upgrade.json"
                try await wait(for: "the migration") {
                    (FileManager.default.contents(atPath: journal)).map { String(decoding: $0, as: UTF8.self) }?
                        .contains("migrating") == true
                }
                let worker = try await wait(for: "the worker") { try findWorker(of: process.processID) }
                kill(worker, SIGKILL)
                #expect(try await process.waitForEnd() == .exited(1))
                #expect(process.standardError.contains("everything is at version \(Machine.old) as before"))
            }
            #expect(try await machine.picture() == before)
            try checkTidy(machine)
        }
    }

    /// The child of a process that has `--worker` on its command line.
    private func findWorker(of parent: pid_t) throws -> pid_t? {
        let all = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }
        return all.first { process in
            let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
            let status = FileManager.default.contents(atPath: "/proc/\(process)/stat") ?? Data()
            let fields = String(decoding: status, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
            return String(decoding: line, as: UTF8.self).contains("--worker")
                && fields?.dropFirst().first == "\(parent)"
        }
    }

    @Test("a full disk, before or in the middle, leaves everything as it was", .enabled(if: LoopDisk.isPossible))
    func fullDisk() async throws {
        try await withTemporaryDirectory { folder in
            // As large as three versions of the program need, so that a fourth has no room.
            let program = try FileManager.default.attributesOfItem(atPath: BuiltProducts.skerry)[.size] as? Int ?? 0
            try await LoopDisk.with(megabytes: (program >> 20) * 2 + 120, in: folder) { disk in
                try await withUpgradeMachine(at: "\(disk)/machine") { machine in
                    let script = """
                        \(Self.pending)
                        if [ "$1" = migrate ]; then
                          dd if=/dev/zero of="$SKERRY_ROOT/var/lib/skerry/server/two/fill" bs=1M 2>/dev/null && exit 0
                          exit 1
                        fi
                        """
                    let source = try await machine.makeVersion(Machine.new, script: script)
                    let result = try await machine.skerry("upgrade", source)
                    #expect(
                        result.exitCode == 1 && result.standardError.contains("was taken back"),
                        "\(result.standardError)"
                    )
                    #expect(try await machine.picture() == before)
                    try checkTidy(machine)
                    let early = try await machine.skerry("upgrade", try await machine.makeVersion(Machine.new))
                    #expect(early.exitCode == 1 && early.standardError.contains("MB free"), "\(early.standardError)")
                    #expect(try await machine.picture() == before)
                    try FileManager.default.removeItem(atPath: "\(machine.root)/var/lib/skerry/server/two/fill")
                }
            }
        }
    }
}
