import Catalog
import Foundation
import TestSupport
import Testing

/// Instances that are kept running by the supervisor, as in a container.
@Suite("Services") struct ServiceTests {
    /// A machine with instances on free ports; its supervisor ends with the body.
    private func machine(
        _ names: [String],
        _ body: (SkerryProgram, (String) async throws -> JSON) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            var skerry = SkerryProgram(root: root)
            skerry.environment["SKERRY_SERVICES"] = "supervisor"
            skerry.environment["SKERRY_ADMIN_PASSWORD"] = "meant for one command"
            for name in names {
                #expect(try await skerry.run("create-instance", "--instance", name).exitCode == 0)
                let free = ["configure", "--instance", name, "--webListenPrefixes", "http://127.0.0.1:0/"]
                #expect(try await skerry.run(free).exitCode == 0)
            }
            let program = skerry
            try await program.supervise { _ in
                try await body(program) { name in
                    let list = try await program.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
                    return list.first { $0["name"]?.stringValue == name } ?? .null
                }
                _ = try await program.run("service", "--stop", "--all")
            }
        }
    }

    @Test("I-15, I-20, I-22: stop and start is one command, in that order, for a name with blanks; others run on")
    func stopAndStart() async throws {
        try await machine(["My Agent", "other"]) { skerry, instance in
            let installed = try await skerry.run("service", "--install", "--start", "--all")
            #expect(installed.exitCode == 0, "\(installed.standardError)")
            let before = try await instance("My Agent")["pid"]
            let variables = try Data(contentsOf: URL(filePath: "/proc/\(before?.intValue ?? 0)/environ"))
            #expect(!variables.isEmpty && variables.range(of: Data("meant for one".utf8)) == nil)
            let other = try await instance("other")["pid"]
            #expect(before?.intValue != nil && other?.intValue != nil)
            let refused = try await skerry.run("rotate-master-key", "--instance", "My Agent")
            #expect(refused.standardError.contains("Stop it first: skerry service --stop --instance my-agent"))
            let again = try await skerry.run("service", "--stop", "--start", "--instance", "My Agent")
            #expect(again.exitCode == 0, "\(again.standardError)")
            #expect(again.standardOutput.contains("My Agent: stopped, running as process"))
            let after = try await instance("My Agent")
            #expect(after["state"] == "running" && after["pid"] != before)
            #expect(try await instance("other")["pid"] == other)
        }
    }

    @Test(
        "I-15: a service follows its instance to a new name: what ran runs, what did not does not; run by hand, nothing moves"
    )
    func renamed() async throws {
        try await machine(["Running", "resting", "by hand"]) { skerry, instance in
            for name in ["Running", "resting"] {
                #expect(try await skerry.run("service", "--install", "--instance", name).exitCode == 0)
            }
            #expect(try await skerry.run("service", "--start", "--instance", "Running").exitCode == 0)
            let before = try await instance("Running")["pid"]
            let dry = try await skerry.run("rename-instance", "--instance", "Running", "--new-name", "A B", "--dry-run")
            #expect(dry.exitCode == 0 && dry.standardOutput.contains("stopped, made anew and started"))
            let renamed = try await skerry.run("rename-instance", "--instance", "running", "--new-name", "A B")
            #expect(renamed.exitCode == 0 && renamed.standardOutput.contains("running as process"), "\(renamed)")
            let after = try await instance("A B")
            #expect(after["state"] == "running" && after["pid"] != before)
            let rested = try await skerry.run("rename-instance", "--instance", "resting", "--new-name", "Rested")
            #expect(rested.exitCode == 0 && rested.standardOutput.contains("made anew"), "\(rested)")
            #expect(try await instance("Rested")["state"] == "stopped")
            #expect(try await skerry.run("service", "--start", "--instance", "Rested").exitCode == 0)
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(skerry.root)/etc/skerry/server/services")
            #expect(files.filter { !$0.hasPrefix(".") }.sorted() == ["a-b.json", "rested.json"])
            try await skerry.serve(instance: "by hand") { _, _ in
                let refused = try await skerry.run("rename-instance", "--instance", "by hand", "--new-name", "c")
                #expect(refused.exitCode == 1, "\(refused)")
                // Only how it is written: nothing has to stop for that.
                let rewritten = try await skerry.run(
                    "rename-instance",
                    "--instance",
                    "by hand",
                    "--new-name",
                    "By Hand"
                )
                #expect(rewritten.exitCode == 0, "\(rewritten)")
            }
            #expect(try await instance("By Hand")["state"] == "stopped")
        }
    }

    @Test("an instance that dies is started again, also by a supervisor that is new itself")
    func kept() async throws {
        try await withTemporaryDirectory { root in
            var skerry = SkerryProgram(root: root)
            skerry.environment["SKERRY_SERVICES"] = "supervisor"
            #expect(try await skerry.run("create-instance").exitCode == 0)
            #expect(try await skerry.run("configure", "--webListenPrefixes", "http://127.0.0.1:0/").exitCode == 0)
            let program = skerry
            func pid() async throws -> Int? {
                try await program.run("status", "--json").json()["data"]?[0]?["pid"]?.intValue
            }
            var first = 0
            try await program.supervise { supervisor in
                #expect(try await program.run("service", "--install", "--start").exitCode == 0)
                first = try #require(try await pid())
                kill(pid_t(first), SIGKILL)
                #expect(try await program.run("wait-ready", "--timeout", "20").exitCode == 0)
                let second = try #require(try await pid())
                #expect(second != first)
                first = second
                supervisor.send(signal: SIGKILL)
                try await supervisor.waitForEnd()
            }
            #expect(try await pid() == first, "it runs on without a supervisor")
            try await program.supervise { _ in
                kill(pid_t(first), SIGKILL)
                let ready = try await program.run("wait-ready", "--timeout", "20")
                let third = try await pid()
                #expect(ready.exitCode == 0 && third != first)
                let stopped = try await program.run("service", "--stop")
                let none = try await pid()
                #expect(stopped.exitCode == 0 && none == nil)
            }
        }
    }

    @Test("D-6: what cannot start says why and fails; a service that is not there says how to make it")
    func truth() async throws {
        try await machine(["one"]) { skerry, _ in
            let missing = try await skerry.run("service", "--start", "--instance", "one")
            #expect(missing.exitCode == 1)
            #expect(missing.standardError.contains("skerry service --install --start --instance one"))
            let blocker = try await ScriptedServer { _ in .init(200) }
            try setPort(blocker.port, of: "one", skerry.root)
            let failed = try await skerry.run("service", "--install", "--start", "--timeout", "60", "--instance", "one")
            #expect(failed.exitCode == 1)
            #expect(failed.standardError.contains("does not start") && failed.standardError.contains("service.log"))
            let dry = try await skerry.run("service", "--uninstall", "--dry-run", "--instance", "one")
            #expect(dry.exitCode == 0 && dry.standardOutput.contains("would uninstall"))
            #expect(try await skerry.run("service", "--instance", "one").exitCode == 2)
            #expect(try await skerry.run("service", "--stop", "--all", "--instance", "one").exitCode == 2)
            #expect(try await skerry.run("service", "--install", "--user", "nobody-here").exitCode == 1)
            #expect(try await skerry.run("service", "--install", "--user", "nobody-here", "--dry-run").exitCode == 1)
        }
    }

    @Test("of several instances one that is broken does not keep the others; the exit code says so")
    func partial() async throws {
        try await machine(["good", "bad"]) { skerry, instance in
            try FileManager.default.removeItem(atPath: "\(skerry.root)/etc/skerry/server/bad/config.json")
            let result = try await skerry.run("service", "--install", "--start", "--all", "--json")
            #expect(result.exitCode == 7)
            let body = try result.json()
            let outcomes = body["instances"]?.arrayValue ?? []
            #expect(outcomes.first { $0["name"] == "good" }?["ok"] == true)
            #expect(outcomes.first { $0["name"] == "bad" }?["ok"] == false)
            #expect(try await instance("good")["state"] == "running")
        }
    }

    @Test("I-16: twenty-five instances are all in the list, with their states")
    func many() async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            for number in 1...25 {
                #expect(try await skerry.run("create-instance", "--instance", "n \(number)").exitCode == 0)
            }
            let list = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            #expect(Set(list.compactMap { $0["name"]?.stringValue }) == Set((1...25).map { "n \($0)" }))
            #expect(list.allSatisfy { $0["state"] == "stopped" })
        }
    }

    @Test(
        "watched by systemd, an instance says that it is ready and well, and ends when it is asked to",
        .timeLimit(.minutes(5))
    )
    func watched() async throws {
        try await withTemporaryDirectory { root in
            for program in [SkerryProgram(root: root), SkerryProgram(root: root).agent] {
                #expect(try await program.run("create-instance").exitCode == 0)
                let isAgent = program.program.hasSuffix("agent")
                let free =
                    isAgent
                    ? ["--port", "0", "--listenIpAddress", "127.0.0.1"]
                    : ["--webListenPrefixes", "http://127.0.0.1:0/"]
                #expect(try await program.run(["configure"] + free).exitCode == 0)
                let receiver = try NotificationSocket()
                var watched = program
                watched.environment["NOTIFY_SOCKET"] = receiver.path
                watched.environment["WATCHDOG_USEC"] = "200000"
                try await watched.start(["run"]) { process in
                    var said: Set<String> = []
                    try await wait(for: "what it says to systemd") {
                        said.formUnion(receiver.received())
                        return said.isSuperset(of: ["READY=1", "WATCHDOG=1"])
                    }
                    process.send(signal: SIGTERM)
                    #expect(try await process.waitForEnd() == .exited(0))
                }
            }
        }
    }
}

/// Where systemd would listen for what a service says of itself.
private final class NotificationSocket {
    let path: String
    private let descriptor: Int32

    init() throws {
        path = "/tmp/skerry-notify-\(UInt32.random(in: .min ... .max))"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// Messages since the last call.
    func received() -> [String] {
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return messages }
            messages.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }
}
