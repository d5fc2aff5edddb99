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

    @Flag(
        help: ArgumentHelp(
            "Read both sides whole, whatever their feeds of changes say.",
            discussion: "Otherwise only what changed since the last run is read."
        )
    )
    var full = false

    @Option(
        help: ArgumentHelp(
            "After how many hours both sides are read whole again, to find what a feed missed.",
            valueName: "hours"
        )
    )
    var verifyEvery = 24

    @Flag(help: "Show progress even when standard error is no terminal.")
    var verbose = false

    @OptionGroup var requests: RequestLogOptions

    /// Opens the flow of a policy, and says what a person should know.
    func open(policyPath: String) async throws -> SyncFlow {
        let progress = SyncProgress(isVerbose: verbose)
        let flow = try await SyncFlow.open(
            policyPath: Self.absolute(policyPath),
            statePath: state.map(Self.absolute),
            options: try requests.logged(Self.clientOptions),
            reading: reading,
            observer: progress.observer
        )
        for warning in flow.warnings { Console.note("warning: \(warning)") }
        return flow
    }

    /// What went wrong in reading and was mended.
    static func tell(_ notices: [Notice]) {
        for notice in notices { Console.note("warning: \(notice.message)") }
    }

    func validate() throws {
        guard (1...8760).contains(verifyEvery) else { throw ValidationError("--verify-every is 1 to 8760 hours.") }
    }

    private var reading: ReadingOptions {
        var reading = ReadingOptions()
        reading.isFull = full
        reading.verifyAfter = .seconds(verifyEvery * 3600)
        return reading
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

/// Where requests are logged.
struct RequestLogOptions: ParsableArguments {
    @Option(
        name: .customLong("log-requests"),
        help: ArgumentHelp(
            "A file to which every request to either server is added, as a JSON line each.",
            discussion: "Method, path, status, time taken, attempt and run; never a key or a body.",
            valueName: "file"
        )
    )
    var file: String?

    /// - Throws: `SyncRunError` when the file cannot be written.
    func logged(_ options: ClientOptions = ClientOptions()) throws -> ClientOptions {
        guard let file else { return options }
        var options = options
        options.observer = try RequestLog(path: file).take
        return options
    }
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
