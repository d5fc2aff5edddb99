import APIClient
import Catalog
import Sync

/// One attempt to bring a plan to its end.
struct RunOfPlan: Sendable {
    let flow: SyncFlow
    let file: PlanFile
    let record: SyncRunRecord
    let comparison: Comparison
    /// What earlier attempts wrote down.
    let entries: [Int: JournalEntry]
    var onFailure = FailurePolicy.stopPhase
    var breadth = 16

    func finish() async throws -> ApplyReport {
        let runbooks: [FoundRunbook]
        do {
            runbooks = try await flow.gitBranches[.destination]?.resume(flow.destination) ?? []
        } catch let error as APIError {
            throw SyncRunError.api(error)
        }
        let knowledge = DestinationKnowledge(
            comparison.destination.documents,
            catalog: flow.catalog,
            tripwire: tripwire(),
            undoing: renamesAlreadyDone()
        )
        // Those that an earlier attempt has made are not at the branch that was read.
        for found in runbooks where await knowledge.document(.runbooks, id: found.place.id) == nil {
            await knowledge.learn(found.runbook, kind: .runbooks)
            await knowledge.learn(found.process, kind: .runbookProcesses)
        }
        let journal = Journal(store: flow.store, run: record.id, entries: entries)
        let reporting = try await RunReporting(flow: flow, file: file, run: record.id)
        let lease = try await takeLease()
        let outcome: PhaseRunner.Result
        do {
            try await reporting.note(.running, entries)
            // Whoever looks at a server sees what is at work there; of a single write it is told along with questions.
            if lease != nil { await reporting.tell() }
            outcome = try await operate(knowledge, journal, lease)
            await lease?.release()
        } catch {
            await lease?.release()
            throw error
        }
        do {
            let report = try await end(outcome, journal, reporting)
            if lease != nil { await reporting.tell() }
            return report
        } catch {
            if lease != nil { await reporting.tell() }
            throw error
        }
    }

    private func end(
        _ outcome: PhaseRunner.Result,
        _ journal: Journal,
        _ reporting: RunReporting
    ) async throws -> ApplyReport {
        var interruption = outcome.interruption
        if interruption == nil {
            do {
                try await reporting.note(.applied, await journal.entries)
                return try await verify(outcome, journal, reporting)
            } catch SyncRunError.api(let error) where error.isOutage {
                interruption = Interruption("The connection broke while the result was verified (\(error))")
            }
        }
        let failure = failure(outcome, interruption: interruption)
        try await reporting.note(.partial, await journal.entries, failure)
        try await flow.store.end(record.id, as: .partial)
        throw SyncRunError.partial(failure)
    }

    /// A single write of a document that carries a version needs no lease: of two runners the server refuses one.
    private func takeLease() async throws -> DestinationLease? {
        let operations = file.plan.operations
        let isGuarded = operations.allSatisfy { flow.catalog[$0.key.wireKind]?.isVersioned == true }
        guard flow.policy.lease == .destination, operations.count > 1 || (!operations.isEmpty && !isGuarded) else {
            return nil
        }
        do {
            try await flow.destination.questions.refuseMaintenance()
            let lease = DestinationLease(
                client: flow.destination,
                holder: LeaseHolder(statePath: flow.store.path),
                run: record.id
            )
            try await lease.acquire()
            return lease
        } catch let error as APIError {
            if error.isMaintenance { throw SyncRunError.refused(reason: error.description) }
            throw SyncRunError.api(error)
        }
    }

    private func failure(
        _ outcome: PhaseRunner.Result,
        interruption: Interruption? = nil,
        residue: [Sync.Operation] = [],
        conflicts: [Conflict] = [],
        lost: [String] = []
    ) -> SyncRunError.PartialFailure {
        SyncRunError.PartialFailure(
            done: outcome.done.count,
            total: file.plan.operations.count,
            interruption: interruption?.description,
            failed: outcome.failed,
            notStarted: outcome.notStarted,
            residue: residue,
            conflicts: conflicts,
            lostSecrets: lost
        )
    }

    /// The names that the plan saw, of what an earlier attempt has renamed since.
    private func renamesAlreadyDone() -> [String: String] {
        var names: [String: String] = [:]
        for operation in file.plan.operations.reversed() where operation.action == .rename {
            guard let id = record.proposed.records[operation.lineage]?.destinationID, !id.isEmpty else { continue }
            names[id] = operation.key.name
        }
        return entries.isEmpty ? [:] : names
    }

    private func operate(
        _ knowledge: DestinationKnowledge,
        _ journal: Journal,
        _ lease: DestinationLease?
    ) async throws -> PhaseRunner.Result {
        let operations = file.plan.operations
        let runner = OperationRunner(
            plan: file,
            runID: record.id,
            catalog: flow.catalog,
            client: flow.destination,
            source: flow.source,
            knowledge: knowledge,
            journal: journal,
            idsByLineage: record.proposed.records.mapValues(\.destinationID),
            lease: lease,
            sourceIDsByLineage: record.proposed.records.mapValues(\.sourceID),
            sourcePackages: ReplicaPackages(comparison.sourcePackages),
            created: Set(operations.filter { $0.action == .create }.map(\.key)),
            secrets: SecretInjection(source: flow.secrets),
            git: flow.gitBranches[.destination]
        )
        var total = PhaseRunner.Result()
        let progress = ProgressCount(total: operations.count, report: flow.observer.applying)
        for phase in Set(operations.map(\.phase)).sorted() {
            let members = operations.filter { $0.phase == phase }
            guard total.interruption == nil, total.failed.isEmpty || onFailure == .continueIndependent else {
                total.notStarted += members
                continue
            }
            do {
                try await readAhead(of: members, runner)
            } catch let error as APIError {
                guard let interruption = Interruption(error) else { throw SyncRunError.api(error) }
                total.interruption = interruption
                total.notStarted += members
                continue
            }
            let phaseRunner = PhaseRunner(
                operations: members,
                onFailure: onFailure,
                breadth: breadth,
                run: { operation in
                    try refuseQuietHours()
                    try await runner.run(operation)
                },
                finished: { await progress.finished($0) }
            )
            let result = await phaseRunner.result(after: total)
            for failure in result.failed { try await note(failure, journal) }
            total.add(result)
            await knowledge.settleRenames()
        }
        return total
    }

    /// Looked at before each operation: a run may begin before quiet hours and last into them.
    private func refuseQuietHours() throws(Interruption) {
        guard let window = flow.policy.quietHours.window(at: flow.serverTime) else { return }
        throw Interruption("The quiet hours \(window.text) (\(flow.policy.quietHours.zone)) began")
    }

    private func readAhead(of members: [Sync.Operation], _ runner: OperationRunner) async throws {
        let ahead = ReadingAhead(
            client: flow.destination,
            catalog: flow.catalog,
            knowledge: runner.knowledge,
            created: runner.created
        )
        await runner.knowledge.forgetReadAhead()
        if members.contains(where: { $0.key.kind == .channels && $0.action == .create }),
            runner.created.contains(where: { $0.kind == .projects })
        {
            try await ahead.readServerMadeChannels()
        }
        try await ahead.read(for: members) { await runner.knownID(of: $0) }
    }

    private func lookAgain(_ undone: Set<String>, entries: [Int: JournalEntry]) async throws -> Comparison {
        let proposed = withDummies(record.proposed, entries)
        switch file.purpose {
        case .sync:
            return try await flow.compareAfterWrites { before, destination in
                before.carryingOut(proposed, from: comparison.state).completed(with: destination)
                    .keeping(before, for: undone)
            }
        case .rollback(let run, let leavesChanged):
            var again = try await flow.compareRollback(of: run, leavesChanged: leavesChanged, state: proposed)
            again.state = comparison.state
            return again
        }
    }

    private func note(_ failure: SyncRunError.FailedOperation, _ journal: Journal) async throws {
        let sequence = failure.operation.sequence
        // An intent without an answer stays one: only reading can settle it.
        if let entry = await journal.entries[sequence], entry.step == .intent { return }
        try await journal.record(JournalEntry(sequence: sequence, step: .failed, problem: failure.problem))
    }

    private func tripwire() -> Tripwire {
        let replica = comparison.destination.replica(flow.catalog)
        return Tripwire(sourceIDs: comparison.sourceIDs, destinationIDs: Set(replica.keysByID.keys))
    }

    /// Plans again from what was reached; only what is agreed on then is remembered as agreed.
    private func verify(
        _ outcome: PhaseRunner.Result,
        _ journal: Journal,
        _ reporting: RunReporting
    ) async throws -> ApplyReport {
        let undone = Set((outcome.failed.map(\.operation) + outcome.notStarted).map(\.lineage))
        // What is not done is not agreed on; what was created has its ids at the destination only now.
        let again = try await lookAgain(undone, entries: await journal.entries)
        let lost = lostSecrets(again.plan)
        let residue = again.plan.operations.filter { !undone.contains($0.lineage) }
        let open = undone.union(again.plan.operations.map(\.lineage)).union(await waitingForMerge(again.proposedState))
        let isClean =
            outcome.failed.isEmpty && outcome.notStarted.isEmpty && residue.isEmpty
            && again.plan.conflicts.isEmpty && lost.isEmpty
        let failure = failure(outcome, residue: residue, conflicts: again.plan.conflicts, lost: lost)
        try await reporting.note(isClean ? .finished : .partial, await journal.entries, isClean ? nil : failure)
        await journal.boundary()
        try await flow.store.save(
            again.proposedState.keeping(again.state, for: open),
            replacing: again.isPart ? again.state : nil,
            finishing: record.id,
            as: isClean ? .finished : .partial
        )
        if isClean { try await flow.noteIfInStep(again, isSettled: true) }
        guard isClean else { throw SyncRunError.partial(failure) }
        return ApplyReport(
            runID: record.id,
            operations: outcome.done.count,
            isResumed: !entries.isEmpty,
            wasAppliedBefore: false,
            keptOtherwise: keptOtherwise(again.plan),
            waiting: await waitingBranch()
        )
    }

    private func waitingBranch() async -> (branch: String, projects: [String])? {
        guard let committed = await flow.gitBranches[.destination]?.committed else { return nil }
        let documents = comparison.destination.documents[.projects] ?? []
        let names = documents.filter { committed.projects.contains($0["Id"]?.stringValue ?? "") }.compactMap {
            $0["Name"]?.stringValue
        }
        return (committed.branch, names.sorted())
    }

    /// What was committed to a branch is agreed on once the branch is merged, and not before. What a rollback takes back
    /// is not agreed on any more at once: merged or not, the next sync shows it.
    private func waitingForMerge(_ state: SyncState) async -> Set<String> {
        guard file.purpose == .sync, let git = flow.gitBranches[.destination] else { return [] }
        var lineages: Set<String> = []
        for operation in file.plan.operations {
            // Of what was deleted only the earlier state knows.
            let known = state.records[operation.lineage] ?? record.previous.records[operation.lineage]
            let isCommitted = await git.isCommitted(operation.key.wireKind, known?.destinationID ?? "")
            if isCommitted { lineages.insert(operation.lineage) }
        }
        return lineages
    }

    /// What nobody but the server can have changed in the moment since it was written.
    private func keptOtherwise(_ again: Plan) -> Int {
        let written = Dictionary(grouping: file.plan.operations, by: \.key)
        return again.notices.count { notice in
            guard notice.code == "drift", let key = notice.key, let operations = written[key] else { return false }
            return operations.contains { operation in
                operation.action == .create || operation.fields.contains { $0.path == notice.path }
            }
        }
    }
}

extension RunOfPlan {
    /// Secrets that stood at the destination before, and do not any more.
    private func lostSecrets(_ after: Plan) -> [String] {
        let before = Set(
            comparison.plan.secrets.filter { $0.isSecret && $0.isTold && !$0.lineage.isEmpty && $0.state != .unset }
                .map(\.place)
        )
        return after.secrets.filter { $0.isTold && $0.state == .unset && before.contains($0.place) }.map(\.name)
    }

    private func withDummies(_ state: SyncState, _ entries: [Int: JournalEntry]) -> SyncState {
        let filled = Set(
            file.plan.operations.filter { entries[$0.sequence]?.problem == JournalEntry.sentDummies }.map(\.lineage)
        )
        var state = state
        for (place, row) in state.secrets where filled.contains(place.lineage) && row.state == .unset {
            state.secrets[place]?.state = .placeholder
        }
        return state
    }
}

extension SyncState {
    /// This state after a plan: what the plan proposes of all that it was made from.
    func carryingOut(_ proposed: SyncState, from old: SyncState) -> SyncState {
        var result = self
        result.pair = proposed.pair ?? pair
        for lineage in old.records.keys where proposed.records[lineage] == nil { result.records[lineage] = nil }
        result.records.merge(proposed.records) { $1 }
        for place in old.secrets.keys where proposed.secrets[place] == nil { result.secrets[place] = nil }
        result.secrets.merge(proposed.secrets) { $1 }
        return result
    }

    /// This state, with the older rows of some lineages: what is not done is not agreed on.
    func keeping(_ old: SyncState, for lineages: Set<String>) -> SyncState {
        var result = self
        for lineage in lineages { result.records[lineage] = old.records[lineage] }
        for place in Set(secrets.keys).union(old.secrets.keys) where lineages.contains(place.lineage) {
            result.secrets[place] = old.secrets[place]
        }
        return result
    }
}

private actor ProgressCount {
    private let total: Int
    private let report: @Sendable (ApplyProgress) -> Void
    private var done = 0

    init(total: Int, report: @escaping @Sendable (ApplyProgress) -> Void) {
        self.total = total
        self.report = report
    }

    func finished(_ operation: Operation) {
        done += 1
        report(
            ApplyProgress(
                done: done,
                total: total,
                phase: operation.phase,
                operation: "\(operation.action.rawValue) \(operation.key.title())"
            )
        )
    }
}
