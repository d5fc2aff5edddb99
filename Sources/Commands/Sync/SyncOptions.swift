import APIClient
import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

/// Options that every command of a flow has.
struct FlowOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The file that remembers what both sides looked like when they last agreed.",
            discussion: "Without it: NAME.state/state.sqlite beside the policy NAME.yaml.",
            valueName: "file"
        )
    )
    var state: String?

    @Flag(help: "Show progress even when standard error is no terminal.")
    var verbose = false

    /// Opens the flow of a policy, and says what a person should know.
    func open(policyPath: String) async throws -> SyncFlow {
        let progress = SyncProgress(isVerbose: verbose)
        let flow = try await SyncFlow.open(
            policyPath: Self.absolute(policyPath),
            statePath: state.map(Self.absolute),
            options: Self.clientOptions,
            observer: progress.observer
        )
        for warning in flow.warnings { Console.note("warning: \(warning)") }
        return flow
    }

    /// `SKERRY_TEST_PAGE_SIZE` exists for the tests that prove that lists longer than a page are read whole.
    private static var clientOptions: ClientOptions {
        var options = ClientOptions()
        let size = ProcessInfo.processInfo.environment["SKERRY_TEST_PAGE_SIZE"].flatMap { Int($0) }
        if let size, size > 0 { options.pageSize = size }
        return options
    }

    static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}

/// Does the work of a sync command, and gives its errors the exit codes of sync.
func syncing(_ work: () async throws -> CommandResult) async throws -> CommandResult {
    do {
        return try await work()
    } catch let error as SyncRunError {
        throw CommandFailure(code: error.exitCode.rawValue, message: error.description, data: error.json)
    }
}

extension SyncRunError {
    /// What a program can act on, beside the code and the message.
    var json: JSON {
        switch self {
        case .stale(_, let moved): ["moved": .array(moved.map(\.json))]
        case .conflicts(let conflicts): ["conflicts": .array(conflicts.map(\.json))]
        case .partial(let failure):
            [
                "done": .int(failure.done), "total": .int(failure.total), "interruption": JSON(failure.interruption),
                "failed": .array(
                    failure.failed.map { ["operation": $0.operation.json, "problem": .string($0.problem)] }
                ),
                "notStarted": .array(failure.notStarted.map(\.json)), "residue": .array(failure.residue.map(\.json)),
                "conflicts": .array(failure.conflicts.map(\.json)),
            ]
        default: .null
        }
    }
}
