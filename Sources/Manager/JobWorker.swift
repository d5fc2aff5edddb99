import Foundation
import Instances
import Subprocess
import SystemPackage

/// Carries out one plan, in a process of its own: it goes on when the manager ends, is killed, or is upgraded.
public struct JobWorker: Sendable {
    private let folder: JobFolder
    private let runner: CommandRunner

    /// - Parameter directory: of the job, as the manager has made it.
    public init(directory: String, runner: CommandRunner) {
        folder = JobFolder(path: directory)
        self.runner = runner
    }

    /// Secrets come from the environment. Whether the work ended well is in the job's file.
    public func run() async throws {
        let lock = try FileLock.wait(folder.lock)
        defer { withExtendedLifetime(lock) {} }
        guard var job = folder.read(), job.state == .running, job.steps.isEmpty else { return }
        job.state = try await carryOut(&job)
        try folder.write(job)
    }

    private func carryOut(_ job: inout JobRecord) async throws -> JobRecord.State {
        let commands = job.plan.commands
        for (number, command) in commands.enumerated() {
            if try await step(&job, command) { continue }
            let undo = commands[..<number].reversed().flatMap(\.undo)
            guard !undo.isEmpty else { return .failed }
            var isUndone = true
            for command in undo where !(try await step(&job, command)) { isUndone = false }
            return isUndone ? .undone : .stuck
        }
        return .done
    }

    /// Whether the command ended well.
    private func step(_ job: inout JobRecord, _ command: ManagedCommand) async throws -> Bool {
        let number = job.steps.count
        job.steps.append(.init(line: command.line))
        try folder.write(job)
        let code = await run(command, instance: job.plan.instance, output: folder.output(number))
        folder.mask(number) { text in
            job.plan.secrets.reduce(text) { text, secret in
                let value = ProcessInfo.processInfo.environment[secret.variable] ?? ""
                return value.isEmpty ? text : text.replacing(value, with: "***")
            }
        }
        job.steps[number].code = code
        try folder.write(job)
        return code == 0
    }

    /// Its output goes to the file directly, so that nothing gets lost and nothing stops it when this process dies.
    private func run(_ command: ManagedCommand, instance: String, output: String) async -> Int32 {
        let program = "\(runner.folder)/\(command.program.program)"
        do {
            let file = try FileDescriptor.open(
                FilePath(output),
                .writeOnly,
                options: [.create, .append],
                permissions: [.ownerReadWrite]
            )
            let result = try await Subprocess.run(
                .path(FilePath(program)),
                arguments: Arguments(command.arguments(instance: instance)),
                environment: .inherit.updating(["NO_COLOR": "1"]),
                workingDirectory: "/",
                input: .none,
                output: .fileDescriptor(file, closeAfterSpawningProcess: false),
                error: .fileDescriptor(file, closeAfterSpawningProcess: true)
            )
            switch result.terminationStatus {
            case .exited(let code): return code
            case .signaled(let signal): return 128 + signal
            }
        } catch {
            try? DurableFile.write(Array("\(program) cannot be run: \(error)\n".utf8), to: output, mode: 0o600)
            return 127
        }
    }
}
