import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// The catalogue of community step templates, loaded from files and synced by installing.
@Suite("Community step templates between servers")
struct CommunitySyncTests {
    private static func write(_ script: String, version: Int, to folder: String) throws {
        let template: JSON = [
            "Id": "2f1c9a40-5a54-4f0c-9d8e-6a1f2b3c4d5e", "Name": "Notify people", "ActionType": "Octopus.Script",
            "Version": .int(version), "Description": "Tells people.", "LastModifiedBy": "ann",
            "Properties": [
                "Octopus.Action.Script.ScriptBody": .string(script), "Octopus.Action.Script.Syntax": "Bash",
            ],
            "Parameters": [
                [
                    "Id": "0d7cb7f4-0000-4000-8000-000000000001", "Name": "Notify.Channel", "Label": "Channel",
                    "HelpText": "Where to", "DefaultValue": "general",
                    "DisplaySettings": ["Octopus.ControlType": "SingleLineText"],
                ],
                [
                    "Id": "0d7cb7f4-0000-4000-8000-000000000002", "Name": "Notify.Token", "Label": "Token",
                    "HelpText": "", "DefaultValue": "", "DisplaySettings": ["Octopus.ControlType": "Sensitive"],
                ],
            ],
        ]
        try template.text.write(toFile: "\(folder)/notify.json", atomically: true, encoding: .utf8)
    }

    private func load(
        _ folder: String,
        into server: TestServer,
        _ pair: SyncPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> FinishedProcess {
        var program = pair.program
        program.environment["SKERRY_API_KEY"] = server.key
        return try await program.run(["community", "load", folder, "--url", server.address, "--json"])
    }

    private func catalogueID(_ server: TestServer, isolation: isolated (any Actor)? = #isolation) async throws -> String
    {
        try #require(try await server.documents(.communityStepTemplates).first?["Id"]?.stringValue)
    }

    @Test("S-51: installed at the source, missing in the catalogue, installed from it, updated, used by a step")
    func journey() async throws {
        try await SyncPair.withPair { pair in
            let files = "\(pair.folder)/templates"
            try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
            try Self.write("echo 1", version: 1, to: files)
            #expect(try await load(files, into: pair.source, pair).exitCode == 0)
            let library = try await catalogueID(pair.source)
            let copy = try await pair.source.client.install(communityTemplate: library)

            let missing = try await pair.plan()
            #expect(missing.exitCode == 3)
            let conflicts = try pair.planFile()["conflicts"]?.arrayValue ?? []
            #expect(conflicts.map { $0["code"] } == ["community-template-missing"])

            let loaded = try await load(files, into: pair.destination, pair)
            #expect(try loaded.json()["data"]?["added"] == 1)
            #expect(try await load(files, into: pair.destination, pair).json()["data"]?["unchanged"] == 1)
            try await pair.syncNow()
            let installed = try #require(try await pair.destination.document(.stepTemplates, "Notify people"))
            let there = try await catalogueID(pair.destination)
            #expect(installed["CommunityActionTemplateId"] == .string(there))
            #expect(installed["Properties"] == copy["Properties"])
            #expect(try await pair.plan().exitCode == 0)

            // A newer version at both, used at the source only.
            try Self.write("echo 2", version: 2, to: files)
            for server in [pair.source, pair.destination] {
                #expect(try await load(files, into: server, pair).json()["data"]?["updated"] == 1)
            }
            #expect(try await pair.plan().exitCode == 0, "nothing was installed anew yet")
            _ = try await pair.source.client.updateInstalled(communityTemplate: library)
            try await pair.syncNow()
            let updated = try #require(try await pair.destination.document(.stepTemplates, "Notify people"))
            #expect(updated["Properties"]?["Octopus.Action.Script.ScriptBody"] == "echo 2")
            #expect(updated["Id"] == installed["Id"])
            #expect(try await pair.plan().exitCode == 0)
        }
    }

    @Test("A file that holds no template is named, and nothing is sent")
    func badFiles() async throws {
        try await SyncPair.withPair { pair in
            let files = "\(pair.folder)/templates"
            try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
            try Self.write("echo 1", version: 1, to: files)
            for (content, problem) in [("{", "not valid JSON"), ("{\"Id\": \"7\"}", "UUID"), ("[7]", "UUID")] {
                try content.write(toFile: "\(files)/z.json", atomically: true, encoding: .utf8)
                let result = try await load(files, into: pair.source, pair)
                #expect(result.exitCode == 1)
                let message = try result.json()["message"]?.stringValue ?? ""
                #expect(message.contains("z.json") && message.contains(problem), "\(message)")
            }
            #expect(try await pair.source.documents(.communityStepTemplates).isEmpty)
        }
    }

    @Test("The public library's templates load, install and sync as they are", .enabled(if: Shared.exists))
    func library() async throws {
        try await SyncPair.withPair { pair in
            let files = "\(Shared.folder)/data/step-templates"
            for server in [pair.source, pair.destination] {
                let result = try await load(files, into: server, pair)
                #expect(result.exitCode == 0, "\(result.standardOutput)")
            }
            let templates = try await pair.source.documents(.communityStepTemplates)
            #expect(templates.count > 100)
            for template in templates {
                let id = try #require(template["Id"]?.stringValue)
                _ = try await pair.source.client.install(communityTemplate: id)
            }
            try await pair.syncNow()
            let notices = try pair.planFile()["notices"]?.arrayValue ?? []
            let others = notices.filter { $0["code"] == "community-template-version" }
            #expect(others == [], "the same files are the same templates")
            #expect(try await pair.destination.documents(.stepTemplates).count == templates.count)
            #expect(try await pair.plan().exitCode == 0)
        }
    }
}
