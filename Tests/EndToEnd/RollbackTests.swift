import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// Undoing what a run did, with the real program and real servers.
@Suite("Rolling a run back")
struct RollbackTests {
    static let policy = """
        environments: {"*": same}
        deletes: {mode: delete, maxPercent: 100, protect: []}
        """

    @Test("E-109: creations, updates, renames and deletions are undone; what is used stays; secrets are listed")
    func everything() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            let source = pair.source.client
            let project = try await Self.project("Shop", on: pair.source)
            let feed = try await source.create(
                .feeds,
                [
                    "Name": "NuGet", "FeedType": "NuGet", "FeedUri": "https://nuget.example",
                    "Password": ["NewValue": "s"],
                ]
            )
            let group = try await source.create(.projectGroups, ["Name": "Trading"])
            try await pair.syncNow()
            let there = try #require(try await pair.destination.document(.feeds, "NuGet"))
            try await pair.destination.edit(.feeds, there["Id"]?.stringValue ?? "") {
                $0["Password"] = ["HasValue": true, "NewValue": "typed in by a person"]
            }
            let before = try await Self.picture(pair.destination)

            // One of each: update, rename, delete, create.
            try await pair.source.edit(.projects, project) { $0["Description"] = "changed" }
            try await pair.source.edit(.projectGroups, group["Id"]?.stringValue ?? "") { $0["Name"] = "Sales" }
            try await source.delete(.feeds, id: feed["Id"]?.stringValue ?? "")
            _ = try await source.create(.environments, ["Name": "Canary"])
            _ = try await source.create(.projectGroups, ["Name": "Fresh"])
            _ = try await Self.project("Unused", on: pair.source)
            let set = try await source.get(.variableSets, id: "variableset-\(project)")
            var changed = set
            changed["Variables"] = [["Name": "Colour", "Value": "red", "Type": "String", "Scope": [:]]]
            _ = try await source.update(.variableSets, id: "variableset-\(project)", changed)
            try await pair.syncNow()

            // Somebody at the destination uses what the run made.
            let canary = try #require(try await pair.destination.document(.environments, "Canary"))
            _ = try await pair.destination.client.create(
                .accounts,
                [
                    "Name": "Own", "AccountType": "UsernamePassword", "Username": "u",
                    "EnvironmentIds": [canary["Id"] ?? .null],
                ]
            )

            let planned = try await pair.rollback()
            #expect(planned.exitCode == 2, "\(planned.standardOutput)\(planned.standardError)")
            let plan = try #require(try JSON.parse([UInt8](planned.standardOutput.utf8))["data"]?["plan"])
            #expect(plan["notices"]?.arrayValue?.contains { $0["code"] == "created-in-use" } == true)
            #expect(plan["secretsLedger"]?.arrayValue?.map { $0["key"]?["path"]?[0] } == ["NuGet"])

            // A project is not deleted by the way.
            let refused = try await pair.sync("apply", pair.undoPath, "--json")
            #expect(refused.exitCode == 9, "\(refused.standardOutput)")
            #expect(refused.standardOutput.contains("projects/Unused"))
            let applied = try await pair.sync("apply", pair.undoPath, "--delete", "projects/Unused", "--json")
            #expect(applied.exitCode == 0, "\(applied.standardOutput)\(applied.standardError)")

            var after = try await Self.picture(pair.destination)
            #expect(after.removeValue(forKey: "environments/Canary") != nil)
            #expect(after == before)
            let again = try await pair.sync("apply", pair.undoPath, "--delete", "projects/Unused", "--json")
            #expect(again.exitCode == 0, "a second time there is nothing to do: \(again.standardOutput)")

            // The source is ahead again; a new sync brings the same once more.
            try await pair.syncNow()
            #expect(try await pair.destination.document(.projectGroups, "Sales") != nil)
        }
    }

    @Test("E-109: what was changed since the run is a conflict, or left alone on request")
    func changedSince() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            let first = try await Self.project("Shop", on: pair.source)
            let second = try await Self.project("Other", on: pair.source)
            try await pair.syncNow()
            let description = try await pair.destination.document(.projects, "Other")?["Description"]
            for id in [first, second] {
                try await pair.source.edit(.projects, id) { $0["Description"] = "new" }
            }
            try await pair.syncNow()
            let there = try #require(try await pair.destination.document(.projects, "Shop"))
            try await pair.destination.edit(.projects, there["Id"]?.stringValue ?? "") {
                $0["Description"] = "by hand"
            }
            let conflict = try await pair.rollback()
            #expect(conflict.exitCode == 3)
            #expect(try await pair.sync("apply", pair.undoPath, "--json").exitCode == 3)
            let left = try await pair.rollback(nil, "--leave-changed")
            #expect(left.exitCode == 2, "\(left.standardOutput)")
            let applied = try await pair.sync("apply", pair.undoPath, "--json")
            #expect(applied.exitCode == 0, "\(applied.standardOutput)")
            #expect(try await pair.destination.document(.projects, "Shop")?["Description"] == "by hand")
            #expect(try await pair.destination.document(.projects, "Other")?["Description"] == description)
        }
    }

    @Test("a run that is unknown is named, and runs are listed")
    func unknown() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            let result = try await pair.rollback("nothing")
            #expect(result.exitCode == 9)
            #expect("\(result.standardOutput)\(result.standardError)".contains("skerry sync runs"))
            #expect(try await pair.sync("runs", "--policy", pair.policyPath).standardOutput.contains("Nothing was"))
        }
    }

    // MARK: - Parts

    /// A project in the first group with the first lifecycle.
    static func project(
        _ name: String,
        on server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> String {
        let group = try await server.documents(.projectGroups).first?["Id"] ?? .null
        let lifecycle = try await server.documents(.lifecycles).first?["Id"] ?? .null
        let project = try await server.client.create(
            .projects,
            ["Name": .string(name), "ProjectGroupId": group, "LifecycleId": lifecycle]
        )
        return project["Id"]?.stringValue ?? ""
    }

    /// What a person sees of a space: names and contents, without ids, versions and times.
    static func picture(
        _ server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> [String: String] {
        var result: [String: String] = [:]
        for kind in [KindName.environments, .projectGroups, .feeds, .projects, .channels, .lifecycles] {
            for document in try await server.documents(kind) {
                let name = document["Name"]?.stringValue ?? ""
                var text = "\(document["Description"]?.stringValue ?? "")"
                if kind == .projects {
                    text += try await server.variables(of: document).map {
                        "\($0["Name"]?.stringValue ?? "")=\($0["Value"]?.stringValue ?? "")"
                    }.joined(separator: ",")
                }
                result["\(kind)/\(name)"] = text
            }
        }
        return result
    }
}
