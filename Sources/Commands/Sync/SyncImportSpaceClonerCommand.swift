import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncImportSpaceClonerCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-spacecloner",
        abstract: "Turn a command line or a parameter file of SpaceCloner into a policy.",
        discussion: """
            Reads PowerShell (a command line, a script that holds one, a hashtable for splatting) or a JSON object of \
            parameters; runs nothing. Scope strategies go over one to one. What SpaceCloner lost, what is different \
            here and every parameter that is not known comes as a warning. API keys never reach the policy.

            Examples:
              skerry sync import-spacecloner clone.ps1 --out team.policy.yaml
              skerry sync import-spacecloner --command-line './CloneSpace.ps1 -SourceOctopusUrl "https://a" …'
            """
    )

    @OptionGroup var output: OutputOptions

    @Argument(help: ArgumentHelp("A PowerShell script, or a JSON file of parameters.", valueName: "file"))
    var file: String?

    @Option(help: ArgumentHelp("The command line itself.", valueName: "text"))
    var commandLine: String?

    @Option(help: ArgumentHelp("The policy file to write; without it the policy is printed.", valueName: "file"))
    var out: String?

    @Flag(help: "Replace the file when it exists.")
    var force = false

    func validate() throws {
        guard (file == nil) != (commandLine == nil) else {
            throw ValidationError("Give either a file or --command-line.")
        }
    }

    func perform() async throws -> CommandResult {
        try await syncing {
            let imported = SpaceClonerImport(try text())
            let policy = imported.policy
            do {
                _ = try PolicyFile.parse(policy, catalog: .standard)
            } catch {
                throw CommandFailure(
                    code: SyncExitCode.policy.rawValue,
                    message: "The parameters make no policy:\n\(error)"
                )
            }
            for warning in imported.warnings { Console.note("warning: \(warning.text)") }
            if let out { try write(policy, to: out) }
            let count = imported.warnings.count
            return CommandResult(
                message: out.map {
                    "Wrote \($0), with \(count) warnings at its head. Then: skerry sync plan --policy \($0)"
                }
                    ?? "A policy with \(count) warnings.",
                text: out == nil ? policy : nil,
                data: [
                    "policy": .string(policy),
                    "warnings": .array(
                        imported.warnings.map { ["parameter": .string($0.parameter), "message": .string($0.message)] }
                    ),
                ]
            )
        }
    }

    private func text() throws -> String {
        if let commandLine { return commandLine }
        let path = file ?? ""
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure(.failed, "\(path) cannot be read.")
        }
        defer { try? handle.close() }
        let data = try handle.read(upToCount: SpaceClonerImport.maxBytes + 1) ?? Data()
        guard data.count <= SpaceClonerImport.maxBytes, let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure(.failed, "\(path) is larger than 1 MiB, or not UTF-8 text.")
        }
        return text
    }

    private func write(_ policy: String, to path: String) throws {
        if !force, FileManager.default.fileExists(atPath: path) {
            throw CommandFailure(.failed, "\(path) exists already; give another --out, or --force to replace it.")
        }
        do {
            try Data(policy.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandFailure(.failed, "\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}
