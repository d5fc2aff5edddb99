import APIClient
import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

/// Reads two running servers and plans, as `skerry sync plan` does, and says what each part cost.
struct PlanBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract:
            "Read two replicas, normalise and plan; the keys come from SKERRY_SOURCE_KEY and SKERRY_DESTINATION_KEY."
    )

    @Option(help: "The policy file.")
    var policy: String

    @Option(help: "The state file of earlier runs; without it nothing is remembered.")
    var state: String?

    @Option(help: "A file for what was read, so that `replay` can plan from it.")
    var record: String?

    @Option(help: "How often the planner is called on what was read; the first call and the best are shown.")
    var rounds = 5

    func run() async throws {
        let catalog = Catalog.standard
        let text = try String(contentsOf: URL(filePath: policy), encoding: .utf8)
        let policy = try PolicyFile.parse(text, catalog: catalog)
        let readSet = ReadSet(for: policy, catalog: catalog)
        let source = try await SourceClient.connect(
            to: policy.source.url,
            key: BenchKey.fromEnvironment("SKERRY_SOURCE_KEY"),
            space: policy.source.space
        )
        let destination = try await SourceClient.connect(
            to: policy.destination.url,
            key: BenchKey.fromEnvironment("SKERRY_DESTINATION_KEY"),
            space: policy.destination.space
        )
        let (replicas, reading, normalising) = try await read(source, destination, readSet, catalog)
        let input = PlanningInput(
            source: replicas.0,
            destination: replicas.1,
            state: try await remembered(source, destination),
            policy: policy,
            catalog: catalog
        )
        let planning = try plan(input)
        let total = reading.cpu + normalising.cpu + planning.cpu
        print(
            "all together: \(Cost.milliseconds(total)) CPU; this process so far: \(Int(Cost.cpuSeconds * 1000)) ms CPU"
        )
    }

    /// What was read is let go of once it is in normal form, as `skerry sync plan` does.
    private func read(
        _ source: SourceClient,
        _ destination: SourceClient,
        _ readSet: ReadSet,
        _ catalog: Catalog
    ) async throws -> ((Replica, Replica), Cost, Cost) {
        let (raws, reading) = try await Cost.ofWaiting {
            async let one = ReplicaReading(client: source, readSet: readSet).read()
            async let other = ReplicaReading(client: destination, readSet: readSet).read()
            return try await (one, other)
        }
        print("reading both: \(reading.text)")
        if let record { try Recording(raws.0, raws.1).write(to: record) }
        let (replicas, normalising) = Cost.of { (raws.0.replica(catalog), raws.1.replica(catalog)) }
        print(
            "normalising \(replicas.0.entities.count) and \(replicas.1.entities.count) documents: \(normalising.text)"
        )
        return (replicas, reading, normalising)
    }

    private func remembered(_ source: SourceClient, _ destination: SourceClient) async throws -> SyncState {
        guard let state else { return SyncState() }
        let store = try await StateStore.open(path: state)
        let pair = SyncState.Pair(
            source: ReplicaIdentity(source.identity),
            destination: ReplicaIdentity(destination.identity)
        )
        let known = try await store.load(for: pair)
        try await store.close()
        return known
    }

    /// - Returns: the cost of the first call.
    private func plan(_ input: PlanningInput) throws -> Cost {
        Memory.forgetPeak()
        let (outcome, first) = try Cost.of { try makePlan(input) }
        let peak = Memory.peak
        var best = first
        for _ in 1..<max(2, rounds) {
            let (_, cost) = try Cost.of { try makePlan(input) }
            if cost.cpu < best.cpu { best = cost }
        }
        print(
            "planning \(outcome.plan.operations.count) operations, \(outcome.plan.conflicts.count) conflicts: "
                + "\(first.text); best of \(max(2, rounds)): \(best.text); "
                + "at most \(peak) MB while planning"
        )
        return first
    }
}
