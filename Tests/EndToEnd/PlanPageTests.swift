import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// The page of a plan in a real browser: a plan between two real servers, looked at by `Scripts/look-at-page`.
///
/// `SKERRY_SCREENSHOTS=1` writes the pictures of the documentation anew.
@Suite("The page of a plan in a browser", .enabled(if: Browser.exists, "needs chromium and python3"))
struct PlanPageTests {
    @Test("the page is readable, usable by keyboard and without scripts, in light and dark, wide and narrow")
    func page() async throws {
        try await SyncPair.withPair { pair in
            try await Week.play(on: pair)
            let page = "\(pair.folder)/plan.html"
            let planned = try await pair.sync(
                "plan",
                "--policy",
                pair.policyPath,
                "--out",
                pair.planPath,
                "--html",
                page
            )
            #expect(planned.exitCode == 3, "\(planned.standardError)\(planned.standardOutput.suffix(3000))")
            let look = try await Browser.look(at: page, name: "plan", in: pair.folder)
            try Browser.expectGood(look)
            let structure = look["structure"]
            let operations = try pair.planFile()["operations"]?.arrayValue?.count
            #expect(structure?["operations"]?.intValue == operations && operations ?? 0 >= 8)
            #expect(structure?["conflicts"] == 1)
            for (name, count) in look["filters"]?["by"]?.objectValue ?? [:] {
                #expect(
                    count["visible"] == count["expected"] && count["visible"]?.intValue ?? 0 > 0,
                    "\(name): \(count)"
                )
            }
            #expect(look["filters"]?["script"] == false, "the filters were tried without scripts")
            for risk in ["W", "D", "S", "R"] { #expect(look["filters"]?["by"]?["risk-\(risk)"] != nil, "\(risk)") }
            let found = try #require(look["search"]?["visible"]?.intValue)
            #expect(found > 0 && found < operations ?? 0)

            // The same page from the file, without any server.
            let again = "\(pair.folder)/again.html"
            let shown = try await pair.sync("show", pair.planPath, "--html", again)
            #expect(shown.exitCode == 0, "\(shown.standardError)")
            #expect(try String(contentsOfFile: page, encoding: .utf8) == String(contentsOfFile: again, encoding: .utf8))
            let markdown = try await pair.sync("show", pair.planPath, "--markdown")
            #expect(markdown.standardOutput.hasPrefix("# Sync plan\n") && markdown.standardOutput.contains("```diff"))
            let text = try await pair.sync("show", pair.planPath)
            #expect(text.standardOutput.contains("because"))
            let missing = try await pair.sync("show", "\(pair.folder)/none.skplan")
            #expect(missing.exitCode == 6)
        }
    }

    @Test("the page of a status is as readable, and filters by state without scripts")
    func statusPage() async throws {
        try await SyncPair.withPair { pair in
            try await Week.play(on: pair)
            let page = "\(pair.folder)/status.html"
            let status = try await pair.sync("status", "--policy", pair.policyPath, "--html", page, "--json")
            #expect(status.exitCode == 3, "\(status.standardError)")
            let look = try await Browser.look(at: page, name: "status", in: pair.folder)
            try Browser.expectGood(look)
            let data = try status.json()["data"]
            let subjects = (data?["projects"]?.arrayValue ?? []) + (data?["shared"]?.arrayValue ?? [])
            #expect(look["structure"]?["operations"]?.intValue == subjects.count && subjects.count > 3)
            for (name, count) in look["filters"]?["by"]?.objectValue ?? [:] {
                #expect(count["visible"] == count["expected"], "\(name): \(count)")
            }
            let states = Set(subjects.compactMap { $0["state"]?.stringValue })
            #expect(states.contains("conflict") && states.count > 1)
        }
    }

    @Test("10,000 changes open, each folded")
    func large() async throws {
        try await SyncPair.withPair { pair in
            try await Week.play(on: pair)
            #expect(try await pair.plan().exitCode == 3)
            let large = "\(pair.folder)/large.html"
            // A plan file is not edited; its operations are repeated in the page instead.
            let small = "\(pair.folder)/small.html"
            #expect(try await pair.sync("show", pair.planPath, "--html", small).exitCode == 0)
            let html = try String(contentsOfFile: small, encoding: .utf8)
            let start = try #require(html.range(of: "<div class=\"group"))
            let end = try #require(html.range(of: "<p class=\"card none\""))
            let groups = String(html[start.lowerBound..<end.lowerBound])
            let each = groups.ranges(of: "class=\"op ").count
            let many = String(repeating: groups, count: 10_000 / max(1, each))
            try
                (html[..<start.lowerBound].replacing("<div>", with: "<div class=\"many\">") + many
                + html[end.lowerBound...])
                .write(toFile: large, atomically: true, encoding: .utf8)
            let look = try await Browser.look(at: large, name: "large", in: pair.folder, "--speed-only")
            #expect(look["structure"]?["operations"]?.intValue ?? 0 > 9_900)
        }
    }
}

/// Chromium, driven by the script that people run too.
enum Browser {
    static let script = "\(BuiltProducts.packageRoot)/Scripts/look-at-page"

    static var exists: Bool {
        let names = ["chromium", "chromium-browser", "google-chrome"]
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        func isThere(_ name: String) -> Bool {
            folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
        }
        return isThere("python3") && names.contains(where: isThere)
    }

    static func look(
        at page: String,
        name: String,
        in folder: String,
        _ options: String...,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> JSON {
        var arguments = [script, page, "--name", name] + options
        let wantsPictures = ProcessInfo.processInfo.environment["SKERRY_SCREENSHOTS"] == "1"
        if wantsPictures { arguments += ["--shots", "\(BuiltProducts.packageRoot)/docs/sync/images"] }
        let result = try await runPython(arguments)
        guard result.exitCode == 0 else { throw CommandFailed(arguments: arguments, result: result) }
        return try JSON.parse(result.standardOutput)
    }

    /// What every page must be.
    static func expectGood(_ look: JSON) throws {
        #expect(look["requests"] == [], "a page asks nobody for anything")
        #expect(look["console"] == [], "no error, no warning, no dialog")
        let structure = try #require(look["structure"])
        #expect(structure["landmarks"]?["main"] == 1 && structure["landmarks"]?["header"] == 1)
        for name in [
            "skipped", "tablesWithoutHeaders", "unlabelled", "duplicateIds", "brokenAnchors", "images", "handlers",
        ] { #expect(structure[name] == 0, "\(name): \(structure[name] ?? nil)") }
        #expect(structure["h1"] == 1 && structure["lang"] == "en")
        for (view, found) in look["views"]?.objectValue ?? [:] {
            #expect(found["contrast"]?["bad"] == [], "\(view): \(found["contrast"]?["bad"] ?? nil)")
            #expect(found["contrast"]?["checked"]?.intValue ?? 0 > 50)
            #expect(
                found["overflow"]?["page"] == 0 && found["overflow"]?["bad"] == [],
                "\(view): \(found["overflow"] ?? nil)"
            )
        }
        #expect(look["views"]?.objectValue?.count == 4)
        #expect(look["keyboard"]?["first"] == "Skip to the changes")
        #expect(look["keyboard"]?["toggled"] == true && look["keyboard"]?["outline"] == "solid")
    }
}

/// A week on two servers that are in step: scripts, secrets, renames, a conflict, a delete, and a widening.
enum Week {
    static let settings = """
        environments: {Development: drop, Test: drop, "*": same}
        steps: {environmentMismatch: ignore}
        deletes: {mode: delete, maxPercent: 100}
        widening: allow
        """

    static func play(on pair: SyncPair, isolation: isolated (any Actor)? = #isolation) async throws {
        try pair.writePolicy(settings)
        var program = pair.program
        program.environment["SKERRY_API_KEY"] = pair.source.key
        let loaded = try await program.run(["sample", "load", "--url", pair.source.address])
        guard loaded.exitCode == 0 else { throw CommandFailed(arguments: ["sample", "load"], result: loaded) }
        try await setScript(script(), of: "Migrate", in: "Database", on: pair.source)
        try await addVariable("Migration.Notes", "Plain", on: pair.source)
        try await pair.syncNow()

        _ = try await program.run(["sample", "change", "--url", pair.source.address])
        try await setScript(changedScript(), of: "Migrate", in: "Database", on: pair.source)
        try await editStep("Smoke test", in: "Rate service", on: pair.source) { step, environments in
            step["Environments"] = [environments["Test"] ?? nil]
        }
        try await describe("Trading website", "Public website; owned by the web team since March", on: pair.source)
        try await describe("Trading website", "Public website; change freeze until 5 April", on: pair.destination)
        try await rename(.runbooks, "Restart the website", "Restart website nodes", on: pair.source)
        try await rename(.projectGroups, "Operations", "Platform", on: pair.source)
        let channel = try await pair.source.documents(.channels).first { $0["Name"] == "Hotfix" }
        try await pair.source.client.delete(.channels, id: channel?["Id"]?.stringValue ?? "")
        try await changeVariables(on: pair.source)
    }

    private static func script(_ batch: Int = 500, _ note: [String] = [], end: String = "exit 0") -> String {
        var lines = [
            "#!/usr/bin/env bash", "set -euo pipefail", "",
            "# Brings the schema of the trading database to the version of this release.",
            "connection=\"#{ConnectionString}\"", "log() { printf '%s %s\\n' \"$(date -u +%FT%TZ)\" \"$*\"; }", "",
        ]
        for number in 1...8 {
            lines.append("log \"step \(number): table trades_\(number)\"")
            if number == 6 { lines += note }
            lines.append(
                "./migrate --connection \"$connection\" --table trades_\(number) --batch \(number == 1 ? batch : 500)"
            )
            lines += ["./verify  --connection \"$connection\" --table trades_\(number)", ""]
        }
        return (lines + ["log \"done\"", end]).joined(separator: "\n")
    }

    private static func changedScript() -> String {
        script(2000, ["sleep 5  # the table is large"], end: "log \"released by #{Octopus.Deployment.CreatedBy}\"")
    }

    private static func setScript(
        _ text: String,
        of step: String,
        in project: String,
        on server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        try await editStep(step, in: project, on: server) { action, _ in
            action["Properties"]?["Octopus.Action.Script.ScriptBody"] = .string(text)
        }
    }

    private static func editStep(
        _ name: String,
        in project: String,
        on server: TestServer,
        isolation: isolated (any Actor)? = #isolation,
        _ change: (inout JSON, [String: JSON]) -> Void
    ) async throws {
        let id = try await server.document(.projects, project)?["DeploymentProcessId"]?.stringValue ?? ""
        let environments = Dictionary(
            try await server.documents(.environments).map { ($0["Name"]?.stringValue ?? "", $0["Id"] ?? nil) }
        ) { first, _ in first }
        try await server.edit(.deploymentProcesses, id) { process in
            var steps = process["Steps"]?.arrayValue ?? []
            for index in steps.indices where steps[index]["Name"] == .string(name) {
                var action = steps[index]["Actions"]?[0] ?? [:]
                change(&action, environments)
                steps[index]["Actions"] = [action]
            }
            process["Steps"] = .array(steps)
        }
    }

    private static func describe(
        _ project: String,
        _ text: String,
        on server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let id = try await server.document(.projects, project)?["Id"]?.stringValue ?? ""
        try await server.edit(.projects, id) { $0["Description"] = .string(text) }
    }

    private static func rename(
        _ kind: KindName,
        _ old: String,
        _ new: String,
        on server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let id = try await server.document(kind, old)?["Id"]?.stringValue ?? ""
        try await server.edit(kind, id) { $0["Name"] = .string(new) }
    }

    private static func addVariable(
        _ name: String,
        _ value: String,
        on server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let set = try await server.document(.projects, "Database")?["VariableSetId"]?.stringValue ?? ""
        try await server.edit(.variableSets, set) {
            let row: JSON = ["Name": .string(name), "Value": .string(value), "Type": "String", "Scope": [:]]
            $0["Variables"] = .array(($0["Variables"]?.arrayValue ?? []) + [row])
        }
    }

    private static func changeVariables(on server: TestServer, isolation: isolated (any Actor)? = #isolation)
        async throws
    {
        let set = try await server.document(.projects, "Database")?["VariableSetId"]?.stringValue ?? ""
        try await server.edit(.variableSets, set) {
            var rows = $0["Variables"]?.arrayValue ?? []
            for index in rows.indices where rows[index]["Name"] == "Migration.Notes" {
                rows[index]["Value"] = "</script><script>alert(1)</script> \"quoted\" \u{202E}evil\u{202C} שלום"
            }
            rows.append(["Name": "Payments.ApiKey", "Value": "never leaves", "Type": "Sensitive", "Scope": [:]])
            rows.append([
                "Name": "Payments.Url", "Value": "https://payments.example/v2", "Type": "String", "Scope": [:],
            ])
            $0["Variables"] = .array(rows)
        }
    }
}
