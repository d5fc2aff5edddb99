import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// Going on with a flow elsewhere when it does not go smoothly: killed in the middle, or to take back what was done.
@Suite("A state that is brought to another machine")
struct StateImportTests {
    @Test(
        "2.14, 2.20: an import that is killed anywhere and given again leaves what an uninterrupted one does",
        arguments: [false, true]
    )
    func killed(replacing: Bool) async throws {
        try await SyncPair.withPair(policy: RollbackTests.policy) { pair in
            let project = try await RollbackTests.project("Shop", on: pair.source)
            try await pair.syncNow()
            let early = try await Self.export(pair, to: "early.json")
            try await pair.source.edit(.projects, project) { $0["Description"] = "later" }
            try await pair.syncNow()
            let late = try await Self.export(pair, to: "late.json")
            let options = replacing ? ["--replace"] : []

            var hadCommitted: Set<Bool> = []
            for number in 1...100 {
                let machine = try pair.onMachine("machine \(number)")
                if replacing { #expect(try await Self.importing("\(pair.folder)/early.json", machine).exitCode == 0) }
                let file = "\(pair.folder)/late.json"
                let first = try await Self.importing(file, machine, options, crashAt: number)
                if first.ending == .exited(0) { break }
                #expect(first.ending == .signalled(SIGKILL), "\(first.standardError)")
                let isFirstOfItsKind = hadCommitted.insert(try await Self.remembers(machine, late)).inserted

                let again = try await Self.importing(file, machine, options)
                #expect(again.exitCode == 0, "after \(number): \(again.standardOutput)\(again.standardError)")
                #expect(try await Self.export(machine, to: "again.json") == late, "after \(number)")
                #expect(try Self.timesImported(machine) == (replacing ? 2 : 1), "after \(number)")
                let aside = try Self.states(machine).filter { $0.hasSuffix("Z") }
                #expect(aside.count == (replacing ? 1 : 0), "after \(number): \(aside)")
                for path in aside { #expect(try await Self.export(machine, to: "aside.json", state: path) == early) }
                guard isFirstOfItsKind else { continue }
                #expect(try await machine.sync("status", "--policy", machine.policyPath).exitCode == 0)
                #expect(try await machine.plan().exitCode == 0)
            }
            #expect(hadCommitted == [false, true])
        }
    }

    @Test("E-109, 2.20: a run is taken back from another machine, which knows it from the exported state alone")
    func rollback() async throws {
        try await SyncPair.withPair(policy: RollbackTests.policy) { pair in
            let project = try await RollbackTests.project("Shop", on: pair.source)
            let group = try await pair.source.client.create(.projectGroups, ["Name": "Trading"])
            try await pair.syncNow()
            let before = try await RollbackTests.picture(pair.destination)
            try await pair.source.edit(.projects, project) { $0["Description"] = "changed" }
            try await pair.source.edit(.projectGroups, group["Id"]?.stringValue ?? "") { $0["Name"] = "Sales" }
            _ = try await pair.source.client.create(.environments, ["Name": "Canary"])
            try await pair.source.edit(.variableSets, "variableset-\(project)") {
                $0["Variables"] = [["Name": "Colour", "Value": "red", "Type": "String", "Scope": [:]]]
            }
            try await pair.syncNow()
            let atSource = try await RollbackTests.picture(pair.source)
            let after = try await RollbackTests.picture(pair.destination)
            #expect(after != before)
            _ = try await Self.export(pair, to: "state.json")

            let machine = try pair.onMachine("other machine")
            let imported = try await Self.importing("\(pair.folder)/state.json", machine)
            #expect(imported.exitCode == 0, "\(imported.standardOutput)\(imported.standardError)")
            let planned = try await machine.rollback()
            #expect(planned.exitCode == 2, "\(planned.standardOutput)\(planned.standardError)")
            let undone = try await machine.sync("apply", machine.undoPath, "--delete", "environments/Canary", "--json")
            #expect(undone.exitCode == 0, "\(undone.standardOutput)\(undone.standardError)")
            #expect(try await RollbackTests.picture(pair.destination) == before)
            #expect(try await RollbackTests.picture(pair.source) == atSource)

            // The source is ahead again, and the new machine brings it over.
            #expect(try await machine.plan().exitCode == 2)
            try await machine.syncNow()
            #expect(try await RollbackTests.picture(pair.destination) == after)
        }
    }

    // MARK: - Parts

    private static func importing(
        _ file: String,
        _ machine: SyncPair,
        _ options: [String] = [],
        crashAt: Int? = nil,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> FinishedProcess {
        var program = machine.program
        program.environment["SKERRY_TEST_CRASH_AT"] = .some(crashAt.map(String.init))
        return try await program.run(["sync", "import-state", file, "--policy", machine.policyPath] + options)
    }

    /// What a machine remembers, without what it has read of the two sides.
    private static func export(
        _ machine: SyncPair,
        to name: String,
        state: String? = nil,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> JSON {
        let path = "\(machine.folder)/\(name)"
        let place = ["--policy", machine.policyPath] + (state.map { ["--state", $0] } ?? [])
        let result = try await machine.program.run(["sync", "export-state", "--out", path] + place)
        guard result.exitCode == 0 else { throw CommandFailed(arguments: ["export-state"], result: result) }
        var document = try JSON.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        document["replicas"] = nil
        return document
    }

    /// Whether a killed import had come to its commit, seen in a copy so that the files stay as they were left.
    private static func remembers(
        _ machine: SyncPair,
        _ expected: JSON,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Bool {
        let copy = "\(machine.folder)/seen.state"
        try FileManager.default.copyItem(atPath: "\(machine.folder)/policy.state", toPath: copy)
        guard FileManager.default.fileExists(atPath: "\(copy)/state.sqlite") else { return false }
        let found = try await export(machine, to: "seen.json", state: "\(copy)/state.sqlite")
        return found == expected
    }

    private static func states(_ machine: SyncPair) throws -> [String] {
        let folder = "\(machine.folder)/policy.state"
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasPrefix("state.sqlite.2") }.map { "\(folder)/\($0)" }
    }

    private static func timesImported(_ machine: SyncPair) throws -> Int {
        let log = try String(contentsOfFile: "\(machine.folder)/policy.state/state.runs.jsonl", encoding: .utf8)
        return log.split(separator: "\n").count { $0.contains("\"imported\"") }
    }
}
