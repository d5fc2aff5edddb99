import Foundation
import TestSupport
import Testing

@testable import Instances

@Suite("Instances that ordinary users keep for themselves") struct OtherUserTests {
    private func withMachine(_ body: (String, InstancePaths) async throws -> Void) async throws {
        try await withTemporaryDirectory { root in
            try await body(root, InstancePaths(environment: ["SKERRY_ROOT": root], userID: 0, homeDirectory: "/root"))
        }
    }

    @Test("I-40, M-1: who manages the machine is told of each user's instances, and of the version that they run")
    func found() async throws {
        try await withMachine { root, paths in
            #expect(OtherUser.all(paths).isEmpty, "no list of users")
            let bob = try MachineUser("bob", of: root, id: 12_346)
            let alice = try MachineUser("alice", of: root)
            #expect(OtherUser.all(paths).isEmpty, "users without instances")
            try alice.add("server", slug: "web-one", name: "Web one")
            try alice.add("agent", slug: "build", name: "build")
            try bob.add("agent", slug: "main", name: "main")
            try await withProcess(of: alice) { process in
                try alice.run("server", slug: "web-one", version: "2026.1.0", process: process)
                try alice.run("agent", slug: "build", version: "2026.1.0", process: 1)
                let users = OtherUser.all(paths)
                #expect(users.map(\.name) == ["alice", "bob"])
                #expect(users.first?.list == "the server \"Web one\", the agent \"build\"")
                #expect(users.first?.instances.map(\.version) == ["2026.1.0", nil], "process 1 is not hers")
                #expect(users.last?.only(.server) == nil && users.last?.only(.agent) == users.last)
                let restart = users.first.flatMap { user in user.instances.first.map(user.restart) }
                #expect(restart == "sudo -iu alice skerry service --restart --instance web-one")
            }
            let own = try InstancePaths(environment: ["HOME": alice.home], userID: 7, homeDirectory: alice.home)
            #expect(OtherUser.all(own).isEmpty, "users see their own")
        }
    }

    @Test("what users may put into their homes is neither followed, waited for, nor shown")
    func hostile() async throws {
        try await withMachine { root, paths in
            let alice = try MachineUser("alice", of: root)
            try alice.add("server", slug: "good", name: "good")
            let record = try String(contentsOfFile: "\(alice.registry("server"))/good.json", encoding: .utf8)
            let files = FileManager.default
            // A way out of the home, as a directory and as a file.
            let eve = try MachineUser("eve", of: root, id: 12_347)
            try files.createSymbolicLink(atPath: "\(eve.home)/.config", withDestinationPath: "\(alice.home)/.config")
            try eve.own(eve.home)
            let mallory = try MachineUser("mallory", of: root, id: 12_348)
            try mallory.write("x", to: "\(mallory.registry("server"))/x.json")
            let place = mallory.registry("server")
            try files.createSymbolicLink(
                atPath: "\(place)/good.json",
                withDestinationPath: "\(alice.registry("server"))/good.json"
            )
            // Nobody ever writes into it.
            #expect(mkfifo("\(place)/pipe.json", 0o600) == 0)
            let escape = #"{"name":"a\u001b[2Jb","slug":"a-2jb","config":"/x","home":"/x"}"#
            try mallory.write(escape, to: "\(place)/a-2jb.json")
            try mallory.write(record, to: "\(place)/another.json")
            try mallory.write(
                record.replacing("\"good\"", with: "\"big\"") + String(repeating: " ", count: 1 << 20),
                to: "\(place)/big.json"
            )
            try mallory.write(String(repeating: "[", count: 60_000), to: "\(place)/deep.json")
            try mallory.own(place)
            #expect(OtherUser.all(paths).map(\.name) == ["alice"], "\(OtherUser.all(paths))")
            // No account at all, and one whose home nobody has.
            let file = "\(root)/etc/passwd"
            let lines = try String(contentsOfFile: file, encoding: .utf8)
            try
                (lines
                + "half:a:line\n:x:5:5::/home/alice:/bin/sh\n-rf:x:\(alice.id):5::/home/alice:/bin/sh\nx:x:9:9::/none:\n")
                .write(toFile: file, atomically: true, encoding: .utf8)
            #expect(OtherUser.all(paths).map(\.name) == ["alice"])
            try alice.run("server", slug: "good", version: "1\\u001b[2J", process: getpid())
            #expect(OtherUser.all(paths).first?.instances.first?.version == nil)
        }
    }

    @Test("old-program-runs: after an upgrade of the machine a user's instances are named that go on as before")
    func doctor() async throws {
        try await withMachine { root, paths in
            let alice = try MachineUser("alice", of: root)
            try alice.add("server", slug: "web", name: "web")
            let registry = InstanceRegistry(paths: paths, kind: .server)
            let examination = Examination(
                registry: registry,
                manager: SupervisedServices(registry: registry, program: "/usr/bin/true"),
                version: "2026.2.0",
                newestSchema: 1
            ) { _ in .schema(1) }
            try await withProcess(of: alice) { process in
                try alice.run("server", slug: "web", version: "2026.2.0", process: process)
                #expect(await examination.findings().isEmpty)
                try alice.run("server", slug: "web", version: "2026.1.0", process: process)
                let finding = try #require(await examination.findings().first)
                #expect(finding.fault == .oldProgram && finding.fault.isWarning)
                #expect(finding.message.contains("of the user alice runs version 2026.1.0"))
                #expect(finding.advice.contains("sudo -iu alice skerry service --restart --instance web"))
            }
        }
    }

    @Test("a shell that no sign-in has started means the same instances as one of a sign-in")
    func runtime() throws {
        func place(_ variables: [String: String], _ user: uid_t) throws -> String {
            try InstancePaths(environment: variables, userID: user, homeDirectory: "/home/u").runtimeRoot
        }
        #expect(try place(["XDG_RUNTIME_DIR": "/run/user/7"], 7) == "/run/user/7/skerry")
        #expect(try place(["XDG_RUNTIME_DIR": "here"], 4_000_000_000) == "/home/u/.local/state/skerry/run")
        #expect(try place([:], 4_000_000_000) == "/home/u/.local/state/skerry/run")
        // The directory of whoever has one on this machine.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/run/user")) ?? [] {
            guard let user = uid_t(name), user != 0 else { continue }
            #expect(try place([:], user) == "/run/user/\(user)/skerry")
        }
    }

    /// A process of the user, for as long as the body takes.
    private func withProcess(of user: MachineUser, _ body: (Int32) async throws -> Void) async throws {
        let process = Process()
        process.executableURL = URL(filePath: geteuid() == 0 ? "/usr/bin/setpriv" : "/bin/sleep")
        let becoming = geteuid() == 0 ? ["--reuid", "\(user.id)", "--clear-groups", "/bin/sleep"] : []
        process.arguments = becoming + ["600"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            // It may have been started with other signals held back.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try await wait(for: "the process of \(user.name)") {
            var status = stat()
            return stat("/proc/\(process.processIdentifier)", &status) == 0 && status.st_uid == user.id
        }
        try await body(process.processIdentifier)
    }
}
