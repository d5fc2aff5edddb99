import APIClient
import ArgumentParser
import Catalog
import Foundation
import SyncRun

struct SyncInitCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a policy file for two spaces, with the environments that they have.",
        discussion: """
            What is not given is asked for, when there is a terminal to ask at.

            Example:
              SRC_KEY=API-… DST_KEY=API-… skerry sync init --source http://127.0.0.1:8065 \\
                --destination http://127.0.0.1:8066 --out team.policy.yaml
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

    @Flag(help: "Replace the file when it exists.")
    var force = false

    func perform() async throws -> CommandResult {
        try await syncing {
            let source = try Self.answer(source, "Address of the server to sync from", option: "--source")
            let destination = try Self.answer(destination, "Address of the server to sync to", option: "--destination")
            let out = try Self.answer(out, "Policy file to write", option: "--out")
            if !force, FileManager.default.fileExists(atPath: out) {
                throw CommandFailure(.failed, "\(out) exists already; give another --out, or --force to replace it.")
            }
            let draft = PolicyDraft(
                source: .init(url: source, space: sourceSpace, auth: sourceAuth),
                destination: .init(url: destination, space: destinationSpace, auth: destinationAuth)
            )
            let text = try await draft.text(policyPath: FlowOptions.absolute(out))
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
