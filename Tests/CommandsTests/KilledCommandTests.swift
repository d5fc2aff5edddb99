import Catalog
import Foundation
import TestSupport
import Testing

/// Every command that changes something is killed before each of its changes of the file system, and run again.
@Suite("Commands that are killed") struct KilledCommandTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var isAgent = false
        /// Commands that make what the command needs.
        var before: [[String]] = [["create-instance", "--instance", "one"], ["create-instance", "--instance", "two"]]
        var command: [String]
        /// What the second run may answer, because the first had got so far.
        var again: Set<Int32> = [0]
        /// The names that are registered in the end.
        var names: [String] = ["one", "two"]
        /// The slugs of the instances that have a service in the end; nil: it does not matter.
        var services: [String]?
        /// Whether the master keys, or identities, are the same as before.
        var keepsKeys = true
    }

    static let cases: [Case] = [
        Case(
            testDescription: "create-instance",
            command: ["create-instance", "--instance", "three"],
            again: [0, 1],
            names: ["one", "three", "two"]
        ),
        Case(testDescription: "configure", command: ["configure", "--instance", "two", "--logLevel", "debug"]),
        Case(
            testDescription: "configure --home",
            command: ["configure", "--instance", "two", "--home", "ROOT/srv/two"]
        ),
        Case(testDescription: "set-default-instance", command: ["set-default-instance", "--instance", "two"]),
        Case(
            testDescription: "rename-instance",
            command: ["rename-instance", "--instance", "two", "--new-name", "other"],
            again: [0, 3],
            names: ["one", "other"]
        ),
        Case(
            testDescription: "rename-instance of one with a service",
            before: [
                ["create-instance", "--instance", "one"], ["create-instance", "--instance", "two"],
                ["service", "--install", "--instance", "two"],
            ],
            command: ["rename-instance", "--instance", "two", "--new-name", "other"],
            again: [0, 3],
            names: ["one", "other"],
            services: ["other"]
        ),
        Case(
            testDescription: "delete-instance",
            command: ["delete-instance", "--instance", "two"],
            again: [0, 3],
            names: ["one"]
        ),
        Case(
            testDescription: "delete-instance --purge",
            command: ["delete-instance", "--instance", "two", "--purge"],
            again: [0, 3],
            names: ["one"]
        ),
        Case(
            testDescription: "delete-instance --purge-new",
            command: ["delete-instance", "--instance", "two", "--purge-new"],
            again: [0, 3],
            names: ["one"]
        ),
        Case(
            testDescription: "create-instance of one that was deleted",
            before: [
                ["create-instance", "--instance", "one"], ["create-instance", "--instance", "two"],
                ["delete-instance", "--instance", "two"],
            ],
            command: ["create-instance", "--instance", "two"],
            again: [0, 1]
        ),
        Case(
            testDescription: "forget-instance",
            command: ["forget-instance", "--instance", "two"],
            again: [0, 3],
            names: ["one"]
        ),
        Case(testDescription: "service --install", command: ["service", "--install", "--instance", "two"]),
        Case(
            testDescription: "new-certificate",
            isAgent: true,
            command: ["new-certificate", "--instance", "two"],
            keepsKeys: false
        ),
        Case(
            testDescription: "configure --trust",
            isAgent: true,
            command: ["configure", "--instance", "two", "--trust", "00112233445566778899AABBCCDDEEFF00112233"]
        ),
        Case(
            testDescription: "clone-instance",
            isAgent: true,
            command: ["clone-instance", "--from", "one", "--instance", "three"],
            again: [0, 1],
            names: ["one", "three", "two"]
        ),
    ]

    @Test("D-6: killed before any of its changes and run again, a command completes what it began", arguments: cases)
    func killed(item: Case) async throws {
        try await withTemporaryDirectory { folder in
            let root = "\(folder)/machine"
            var program = item.isAgent ? SkerryProgram(root: root).agent : SkerryProgram(root: root)
            program.environment["SKERRY_SERVICES"] = "supervisor"
            for line in item.before { #expect(try await program.run(line).exitCode == 0) }
            let keys = try keys(root)
            let untouched = try CommandTableTests.files(root).filter { $0.key.contains("/one/") }
            #expect(untouched.count > 2)
            let files = FileManager.default
            try files.copyItem(atPath: root, toPath: "\(folder)/saved")
            let command = item.command.map { $0.replacing("ROOT", with: root) }
            var step = 0
            while true {
                step += 1
                try files.removeItem(atPath: root)
                try files.copyItem(atPath: "\(folder)/saved", toPath: root)
                var killed = program
                killed.environment["SKERRY_TEST_CRASH_AT_CHANGE"] = "\(step)"
                let first = try await killed.run(command)
                guard first.ending == .signalled(SIGKILL) else {
                    #expect(first.exitCode == 0, "\(first.standardError)")
                    break
                }
                let second = try await program.run(command)
                #expect(item.again.contains(second.exitCode), "step \(step): \(second.standardError)")
                try await check(item, program, keys, root, step)
                let others = try CommandTableTests.files(root).filter { $0.key.contains("/one/") }
                #expect(others == untouched, "step \(step): the instance that the command is not about")
            }
            #expect(step > 1, "there were \(step - 1) places to be killed at")
        }
    }

    private func check(
        _ item: Case,
        _ program: SkerryProgram,
        _ keys: [String: Data],
        _ root: String,
        _ step: Int,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let list = try await program.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
        #expect(list.compactMap { $0["name"]?.stringValue } == item.names, "step \(step)")
        #expect(list.allSatisfy { $0["state"] == "stopped" }, "step \(step): \(list)")
        let doctor = try await program.run("doctor")
        #expect(doctor.exitCode == 0, "step \(step): \(doctor.standardOutput)")
        if let services = item.services {
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(root)/etc/skerry/server/services")
            #expect(files.filter { !$0.hasPrefix(".") } == services.map { "\($0).json" }, "step \(step)")
        }
        guard item.keepsKeys else { return }
        let now = try self.keys(root)
        for (name, key) in now where keys[name] != nil { #expect(keys[name] == key, "step \(step): \(name)") }
        for name in ["one", "two"] where item.names.contains(name) { #expect(now[name] != nil, "step \(step)") }
    }

    /// The secret of each instance.
    private func keys(_ root: String) throws -> [String: Data] {
        var keys: [String: Data] = [:]
        for kind in ["server/%/secrets/master-key", "agent/%/secrets/identity.pem"] {
            for name in ["one", "two", "three"] {
                let path = "\(root)/etc/skerry/\(kind.replacing("%", with: name))"
                if let data = FileManager.default.contents(atPath: path) { keys[name] = data }
            }
        }
        return keys
    }
}
