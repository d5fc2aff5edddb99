import APIClient
import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncInitCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a policy file for two spaces, with the environments that they have.",
        discussion: """
            Reads the environments of both servers. What is not given is asked for, when there is a terminal to ask at: \
            the preset, and what becomes of environments that the destination does not have. Without a terminal those \
            are dropped, which never makes anything apply to more than it did.

            Presets:
            \(PolicyPreset.all.map { "  \($0.name): \($0.meaning)" }.joined(separator: "\n"))

            Example:
              SRC_KEY=API-… DST_KEY=API-… skerry sync init --source http://127.0.0.1:8065 \\
                --destination http://127.0.0.1:8066 --preset lower-upper --environment Test=Staging --out team.policy.yaml
            """
    )

    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("The address of the server to sync from.", valueName: "url"))
    var source: String?

    @Option(help: ArgumentHelp("The address of the server to sync to.", valueName: "url"))
    var destination: String?

    @Option(help: ArgumentHelp("The space to sync from.", valueName: "name"))
    var sourceSpace = "Default"

    @Option(help: ArgumentHelp("The space to sync to.", valueName: "name"))
    var destinationSpace = "Default"

    @Option(help: ArgumentHelp("Where the source's API key is: env:NAME or file:PATH.", valueName: "place"))
    var sourceAuth = "env:SRC_KEY"

    @Option(help: ArgumentHelp("Where the destination's API key is: env:NAME or file:PATH.", valueName: "place"))
    var destinationAuth = "env:DST_KEY"

    @Option(help: ArgumentHelp("The policy file to write.", valueName: "file"))
    var out: String?

    @Option(help: ArgumentHelp("The kind of split; `none` for the defaults.", valueName: "name"))
    var preset: String?

    @Option(
        help: ArgumentHelp(
            "What an environment of the source becomes: NAME=OTHER, NAME=ONE,TWO, NAME=drop, NAME=same. May be repeated.",
            valueName: "name=target"
        )
    )
    var environment: [String] = []

    @Flag(help: "Replace the file when it exists.")
    var force = false

    func validate() throws {
        if let preset, preset != "none", PolicyPreset.named(preset) == nil {
            let words = ["none"] + PolicyPreset.all.map(\.name)
            throw ValidationError("--preset is one of \(words.joined(separator: ", ")).")
        }
        for entry in environment where !entry.dropFirst().contains("=") || entry.hasSuffix("=") {
            throw ValidationError("Write --environment NAME=TARGET; '\(entry)' is not like that.")
        }
    }

    func perform() async throws -> CommandResult {
        try await syncing {
            let source = try Self.answer(source, "Address of the server to sync from", option: "--source")
            let destination = try Self.answer(destination, "Address of the server to sync to", option: "--destination")
            let out = try Self.answer(out, "Policy file to write", option: "--out")
            if !force, FileManager.default.fileExists(atPath: out) {
                throw CommandFailure(.failed, "\(out) exists already; give another --out, or --force to replace it.")
            }
            var draft = PolicyDraft(
                source: .init(url: source, space: sourceSpace, auth: sourceAuth),
                destination: .init(url: destination, space: destinationSpace, auth: destinationAuth),
                preset: preset ?? "none",
                mapping: mapping
            )
            if preset == nil, Self.isInteractive { draft.preset = Self.askPreset() }
            let environments = try await draft.environments(policyPath: FlowOptions.absolute(out))
            if let unknown = mapping.keys.sorted().first(where: { !environments.source.contains($0) }) {
                let known = environments.source.joined(separator: ", ")
                throw CommandFailure(.usage, "The source has no environment '\(unknown)'; it has \(known).")
            }
            if Self.isInteractive { Self.askEnvironments(environments, &draft) }
            let text = draft.text(environments)
            do {
                try Data(text.utf8).write(to: URL(fileURLWithPath: out), options: .atomic)
            } catch {
                throw CommandFailure(.failed, "\(out) cannot be written: \(error.localizedDescription)")
            }
            return CommandResult(
                message: "Wrote \(out). Look at the environments in it, then: skerry sync plan --policy \(out)",
                data: ["policy": .string(FlowOptions.absolute(out))]
            )
        }
    }

    private var mapping: [String: String] {
        let pairs = environment.map { entry in
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        return Dictionary(pairs) { first, _ in first }
    }

    private static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    private static func askPreset() -> String {
        Console.note("What kind of split is it?")
        for (number, preset) in PolicyPreset.all.enumerated() {
            Console.note("  \(number + 1)  \(preset.name): \(preset.meaning)")
        }
        Console.note("A number, or nothing for the defaults:")
        let number = readLine().flatMap { Int($0.trimmingCharacters(in: .whitespaces)) } ?? 0
        return PolicyPreset.all.indices.contains(number - 1) ? PolicyPreset.all[number - 1].name : "none"
    }

    private static func askEnvironments(_ environments: PolicyDraft.Environments, _ draft: inout PolicyDraft) {
        let there = environments.destination.joined(separator: ", ")
        for name in environments.unmatched where draft.mapping[name] == nil {
            Console.note("The destination has no \(name); it has \(there). What becomes of \(name)?")
            Console.note("One or more of those names, `same` to create it, or nothing to drop it:")
            let answer = readLine()?.trimmingCharacters(in: .whitespaces) ?? ""
            draft.mapping[name] = answer.isEmpty ? "drop" : answer
        }
    }

    private static func answer(_ given: String?, _ question: String, option: String) throws -> String {
        if let given { return given }
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
            throw CommandFailure(
                code: SyncExitCode.usage.rawValue,
                message: "Missing \(option): there is no terminal to ask at."
            )
        }
        Console.note("\(question):")
        let answer = readLine()?.trimmingCharacters(in: .whitespaces) ?? ""
        guard !answer.isEmpty else {
            throw CommandFailure(code: SyncExitCode.usage.rawValue, message: "Missing \(option).")
        }
        return answer
    }
}
