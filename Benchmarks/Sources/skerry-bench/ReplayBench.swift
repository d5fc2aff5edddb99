import ArgumentParser
import Catalog
import Foundation
import Sync

/// Plans from recordings, again and again: for profiles, and to see that a change of the planner changes no plan.
struct ReplayBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Plan from what `plan --record` wrote: one recording before the first apply, one after it.",
        discussion: """
            Cases: fill (the destination is empty), meeting (nothing is remembered), step (nothing changed), source
            (the source changed), both (both changed).
            """
    )

    enum Case: String, CaseIterable, ExpressibleByArgument { case fill, meeting, step, source, both }

    @Option(help: "The recording before the first apply.")
    var empty: String

    @Option(help: "The recording after it.")
    var filled: String

    @Option(help: "The policy file.")
    var policy: String

    @Option(help: "A case to run; all of them without it.")
    var only: [Case] = []

    @Option(help: "How often each is planned.")
    var rounds = 5

    @Option(help: "A folder for the plans and the proposed states, as canonical JSON.")
    var write: String?

    func run() throws {
        let catalog = Catalog.standard
        let text = try String(contentsOf: URL(filePath: policy), encoding: .utf8)
        let policy = try PolicyFile.parse(text, catalog: catalog)
        let wanted = only.isEmpty ? Case.allCases : only
        if wanted.contains(.fill) {
            try plan(.fill, Self.input(recordedIn: empty, policy, catalog))
        }
        guard wanted != [.fill] else { return }
        let recording = try Recording(path: filled)
        var input = PlanningInput(
            source: recording.source.replica(catalog),
            destination: recording.destination.replica(catalog),
            policy: policy,
            catalog: catalog
        )
        if wanted.contains(.meeting) { try plan(.meeting, input) }
        input.state = try Self.stored(makePlan(input).proposedState.completed(with: input.destination))
        if wanted.contains(.step) { try plan(.step, input) }
        if wanted.contains(.source) || wanted.contains(.both) {
            input.source = recording.source.edited(every: 4, by: "ours").replica(catalog)
        }
        if wanted.contains(.source) { try plan(.source, input) }
        if wanted.contains(.both) {
            input.destination = recording.destination.edited(every: 6, by: "theirs").replica(catalog)
            try plan(.both, input)
        }
    }

    /// The recording is let go of, as `skerry sync plan` does with what it read.
    private static func input(recordedIn path: String, _ policy: Policy, _ catalog: Catalog) throws -> PlanningInput {
        let recording = try Recording(path: path)
        return PlanningInput(
            source: recording.source.replica(catalog),
            destination: recording.destination.replica(catalog),
            policy: policy,
            catalog: catalog
        )
    }

    /// As it comes out of a state file: nothing in it is the same object as in a document.
    private static func stored(_ state: SyncState) throws -> SyncState {
        var state = state
        for (lineage, record) in state.records {
            state.records[lineage]?.base = try JSON.parse(record.base.canonicalBytes)
            state.records[lineage]?.variables = try JSON.parse(record.variables.canonicalBytes)
        }
        return state
    }

    private func plan(_ name: Case, _ input: PlanningInput) throws {
        let before = Memory.resident
        Memory.forgetPeak()
        let (outcome, first) = try Cost.of { try makePlan(input) }
        let peak = Memory.peak
        var best = first
        for _ in 1..<max(1, rounds) {
            let (_, cost) = try Cost.of { try makePlan(input) }
            if cost.cpu < best.cpu { best = cost }
        }
        let plan = outcome.plan
        print(
            "\(name.rawValue): \(input.source.entities.count) documents, \(plan.operations.count) operations, "
                + "\(plan.conflicts.count) conflicts, \(plan.notices.count) notices: \(first.text); "
                + "best \(best.text); memory \(before) MB, at most \(peak) MB while planning"
        )
        guard let write else { return }
        let records = outcome.proposedState.records.sorted { $0.key < $1.key }.map { lineage, record -> JSON in
            [
                "lineage": .string(lineage), "source": record.sourceKey.json, "destination": record.destinationKey.json,
                "ids": JSON([record.sourceID, record.destinationID]), "base": record.base,
                "variables": record.variables,
            ]
        }
        // The order of members is part of a plan that must not change; what is remembered comes sorted from the state.
        let all: JSON = [
            "plan": plan.json, "state": try JSON.parse(JSON.array(records).canonicalBytes, limits: Recording.limits),
        ]
        let folder = URL(filePath: write)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(all.bytes).write(to: folder.appending(path: "\(name.rawValue).json"))
    }
}
