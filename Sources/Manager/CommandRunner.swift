import Catalog
import Foundation
import Instances
import Subprocess
import SystemPackage

/// Runs Skerry's own commands. Everything that the manager knows or does goes through it.
public struct CommandRunner: Sendable {
    /// Where both programs are.
    let folder: String
    static let largestOutput = 4 << 20

    /// - Parameter folder: the directory that holds `skerry` and `skerry-agent`.
    public init(folder: String) { self.folder = folder }

    struct Output: Sendable {
        var code: Int32
        var text: String
    }

    /// - Returns: both streams, as they came.
    func run(
        _ program: InstanceKind,
        _ arguments: [String],
        secrets: [ManagedSecret] = []
    ) async throws -> Output {
        var updates: [Environment.Key: String] = [:]
        for secret in secrets { updates[Environment.Key(rawValue: secret.variable)!] = secret.value }
        let result = try await Subprocess.run(
            .path(FilePath("\(folder)/\(program.program)")),
            arguments: Arguments(arguments),
            environment: .inherit.updating(updates),
            input: .none,
            output: .string(limit: Self.largestOutput),
            error: .combinedWithOutput
        )
        return Output(code: Self.code(result.terminationStatus), text: result.standardOutput)
    }

    private static func code(_ status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    /// The `data` of a command's JSON, and what it says when it fails.
    func ask(_ program: InstanceKind, _ arguments: [String]) async throws -> (data: JSON, problem: String?) {
        let result = try await Subprocess.run(
            .path(FilePath("\(folder)/\(program.program)")),
            arguments: Arguments(arguments + ["--format", "json"]),
            input: .none,
            output: .string(limit: Self.largestOutput),
            error: .discarded
        )
        guard let json = try? JSON.parse(result.standardOutput) else {
            return (.null, "\(program.program) \(arguments.first ?? "") did not answer as expected")
        }
        return (json["data"] ?? .null, json["ok"] == true ? nil : json["message"]?.stringValue)
    }
}
