import Foundation
import Instances

/// Plans that were started, what came of them, and what wizards were told so far. Nothing of it outlives the manager.
actor Jobs {
    struct Job: Sendable {
        enum State: String, Sendable { case running, done, failed, undone }

        let id: String
        let plan: ManagedPlan
        var state = State.running
        /// The command and what it printed, in their order.
        var steps: [(line: String, code: Int32?, output: String)] = []
    }

    private static let mostJobs = 100
    private static let mostDrafts = 50

    private let runner: CommandRunner
    private var jobs: [Job] = []
    private var drafts: [(id: String, new: NewInstance)] = []

    init(runner: CommandRunner) { self.runner = runner }

    // MARK: - Wizards

    /// Passwords are kept here and not in pages.
    func keep(_ new: NewInstance, as id: String? = nil) -> String {
        if let id, let place = drafts.firstIndex(where: { $0.id == id }) {
            drafts[place].new = new
            return id
        }
        let id = Access.token()
        drafts = Array(drafts.suffix(Self.mostDrafts - 1)) + [(id, new)]
        return id
    }

    func draft(_ id: String) -> NewInstance? { drafts.first { $0.id == id }?.new }

    func forget(draft id: String) { drafts.removeAll { $0.id == id } }

    // MARK: - Work

    /// Nil while another plan for the same instance runs.
    func start(_ plan: ManagedPlan) -> Job? {
        let isBusy = jobs.contains {
            $0.state == .running && $0.plan.kind == plan.kind && $0.plan.instance == plan.instance
        }
        if isBusy { return nil }
        let job = Job(id: Access.token(), plan: plan)
        jobs = Array(jobs.suffix(Self.mostJobs - 1)) + [job]
        Task { await carryOut(job.id, plan) }
        return job
    }

    func job(_ id: String) -> Job? { jobs.first { $0.id == id } }

    private func carryOut(_ id: String, _ plan: ManagedPlan) async {
        for (number, command) in plan.commands.enumerated() {
            if await step(id, command, plan) { continue }
            // Nothing to take back when already the first one was refused.
            guard number > 0, !plan.undo.isEmpty else { return end(id, .failed) }
            for command in plan.undo { _ = await step(id, command, plan) }
            return end(id, .undone)
        }
        end(id, .done)
    }

    /// Whether the command ended well.
    private func step(_ id: String, _ command: ManagedCommand, _ plan: ManagedPlan) async -> Bool {
        change(id) { $0.steps.append((command.line, nil, "")) }
        var code: Int32 = 1
        var text = ""
        do {
            let output = try await runner.run(
                command.program,
                command.arguments(instance: plan.instance),
                secrets: plan.secrets
            )
            (code, text) = (output.code, output.text)
        } catch {
            text = "\(command.program.program) cannot be run: \(error)"
        }
        for secret in plan.secrets where !secret.value.isEmpty {
            text = text.replacing(secret.value, with: "***")
        }
        let (ended, shown) = (code, text)
        change(id) { job in
            job.steps[job.steps.count - 1].code = ended
            job.steps[job.steps.count - 1].output = shown
        }
        return code == 0
    }

    private func end(_ id: String, _ state: Job.State) { change(id) { $0.state = state } }

    private func change(_ id: String, _ edit: (inout Job) -> Void) {
        guard let place = jobs.firstIndex(where: { $0.id == id }) else { return }
        edit(&jobs[place])
    }
}
