import Catalog
import Foundation
public import Instances
import Subprocess
import SystemPackage

/// Runs Skerry's own commands. Everything that the manager knows or does goes through it.
public struct CommandRunner: Sendable {
    let ownFolder: String
    private let programsRoot: String
    private let turns = Turns(8)

    static let largestOutput = 4 << 20
    /// How long a question may take, in seconds; one that reads whole backups or asks another version may take longer.
    private static let patience = 60
    static let longPatience = 900

    /// - Parameters:
    ///   - folder: the directory of the running program, without links in it.
    ///   - paths: where versions of the programs are installed.
    public init(folder: String, paths: InstancePaths) {
        ownFolder = folder
        programsRoot = paths.programsRoot
    }

    /// Where both programs are. Of several versions side by side it is the one in use: an upgrade may make that another
    /// one than this program's, and removes old ones.
    var folder: String {
        let version = DurableFile.directory(of: ownFolder)
        let current = "\(programsRoot)/current/bin"
        guard DurableFile.directory(of: version) == Directories.resolved(programsRoot), Directories.isDirectory(current)
        else { return ownFolder }
        return current
    }

    /// The `data` of a command's JSON, and what it says when it fails.
    func ask(
        _ program: InstanceKind,
        _ arguments: [String],
        patience: Int = patience
    ) async throws -> (data: JSON, problem: String?) {
        let (answer, problem) = try await say(program, arguments, patience: patience)
        return (answer["data"] ?? .null, problem)
    }

    /// All of a command's JSON, and what it says when it fails.
    func say(
        _ program: InstanceKind,
        _ arguments: [String],
        patience: Int = patience
    ) async throws -> (answer: JSON, problem: String?) {
        let run = try await finished(program, arguments + ["--format", "json"], secrets: [], patience: patience)
        let name = "\(program.program) \(arguments.first ?? "")"
        guard let json = try? JSON.parse(run.output) else {
            return (
                .null, run.code == nil ? "\(name) did not end. \(run.errors)" : "\(name) did not answer as expected"
            )
        }
        return (json, json["ok"] == true ? nil : json["message"]?.stringValue)
    }

    /// What a command would do, for people.
    func check(
        _ command: ManagedCommand,
        instance: String,
        secrets: [ManagedSecret]
    ) async throws -> (isFine: Bool, text: String) {
        let run = try await finished(
            command.program,
            command.arguments(instance: instance) + ["--dry-run"],
            secrets: secrets,
            patience: Self.longPatience
        )
        return (run.code == 0, run.output + run.errors)
    }

    /// - Returns: no code for a command that had to be ended.
    private func finished(
        _ program: InstanceKind,
        _ arguments: [String],
        secrets: [ManagedSecret],
        patience: Int
    ) async throws -> (code: Int32?, output: String, errors: String) {
        var updates: [Environment.Key: String] = ["NO_COLOR": "1"]
        for secret in secrets { updates[Environment.Key(rawValue: secret.variable)!] = secret.value }
        let environment = Environment.inherit.updating(updates)
        let path = FilePath("\(folder)/\(program.program)")
        await turns.take()
        let run = Task {
            try await Subprocess.run(
                .path(path),
                arguments: Arguments(arguments),
                environment: environment,
                workingDirectory: "/",
                input: .none,
                output: .string(limit: Self.largestOutput),
                error: .string(limit: Self.largestOutput)
            )
        }
        let end = Task {
            try await Task.sleep(for: .seconds(patience))
            run.cancel()
        }
        defer { end.cancel() }
        let result: ExecutionResult<Void, StringOutput<UTF8>, StringOutput<UTF8>>
        let outcome = await run.result
        await turns.giveBack()
        do {
            result = try outcome.get()
        } catch {
            return (nil, "", "\(path) cannot be run: \(error)")
        }
        guard case .exited(let code) = result.terminationStatus else { return (nil, "", result.standardError) }
        return (code, result.standardOutput, result.standardError)
    }
}
