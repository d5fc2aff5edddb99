import Foundation
import Instances

/// Work, as it is done.
extension TerminalFront {
    private static let pause = Duration.milliseconds(200)

    // MARK: - A new instance

    /// The questions of the wizard's pages, and its last page.
    mutating func create() async throws {
        var new = NewInstance()
        terminal.heading("New instance")
        guard
            try await settle({ front in
                new.begin(Answers(try await front.answers(to: new.beginning)))
                _ = try await front.core.proposal(for: new)
            })
        else { return }
        terminal.heading("Set up \(new.name)")
        guard
            try await settle({ front in
                let proposed = try await front.core.proposal(for: new)
                new.settle(Answers(try await front.answers(to: new.settings(proposed))), proposed)
                try front.core.check(new)
            })
        else { return }
        terminal.line(
            "Nothing has been done yet. If a command fails, the instance is deleted again; files that were there"
        )
        terminal.line("before are kept.")
        let plan = ManagedPlan.create(new)
        try await carryOut { _ in Errand(name: "create", title: plan.title, verb: "Create", plan: { _ in plan }) }
    }

    /// Until the answers are ones that can be.
    private mutating func settle(_ ask: (TerminalFront) async throws -> Void) async throws -> Bool {
        while true {
            do {
                try await ask(self)
                return true
            } catch let refusal as Refusal {
                fail(refusal.message)
                guard try await confirm("Answer again", true) else { return false }
            }
        }
    }

    // MARK: - Work

    func check(_ plan: ManagedPlan) async throws {
        let (isFine, text) = try await core.check(plan)
        terminal.write(ManagerTerminal.printable(text))
        terminal.line(isFine ? "Nothing is in the way. Nothing was changed." : "This would fail. Nothing was changed.")
    }

    /// - Returns: whether it was begun.
    mutating func run(_ plan: ManagedPlan) async throws -> Bool {
        guard let id = try await core.jobs.start(plan) else {
            fail("Something else is being done; wait for its end.")
            return false
        }
        guard let job = try await follow(id), job.state == .done else {
            hasFailed = true
            return true
        }
        guard plan.makesKey else { return true }
        let made = try await core.machine().instances.first { $0.kind == plan.kind && $0.name == plan.outcome }
        if let made { try await masterKey(made) }
        return true
    }

    /// Tells what each command prints, as it prints it, until all have ended.
    func follow(_ id: String) async throws -> Jobs.Job? {
        var told: [Told] = []
        while let job = await core.jobs.shown(id) {
            for (number, step) in job.record.steps.enumerated() {
                if number == told.count { told.append(begin(number, step)) }
                tell(job.outputs[number], &told[number], isWhole: step.code != nil || job.state != .running)
                if let code = step.code, !told[number].isOver {
                    told[number].isOver = true
                    if code != 0 { terminal.error("Failed with exit code \(code).") }
                }
            }
            guard job.state == .running else {
                for line in told.flatMap(\.unmasked) { terminal.line(ManagerTerminal.printable(line)) }
                if !job.problem.isEmpty { terminal.line(ManagerTerminal.printable(job.problem)) }
                terminal.line(terminal.painted(job.sentence, job.state == .done ? .green : .red))
                return job
            }
            try await Task.sleep(for: Self.pause)
        }
        return nil
    }

    /// How far the output of a step was told.
    private struct Told {
        var lines: [String] = []
        /// Told with a key masked: keys are shown once, when the work is over.
        var unmasked: [String] = []
        var isOver = false
    }

    private func begin(_ number: Int, _ step: JobRecord.Step) -> Told {
        terminal.line("\(terminal.painted("\(number + 1).", .bold)) \(ManagerTerminal.printable(step.line))")
        return Told()
    }

    /// - Parameter isWhole: nothing more comes; the last line is one even if no end of it was printed.
    private func tell(_ output: String, _ told: inout Told, isWhole: Bool) {
        var lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if !isWhole || lines.last == "" { _ = lines.popLast() }
        told.unmasked += zip(lines, told.lines).filter { $0 != $1 }.map(\.0)
        for line in lines.dropFirst(told.lines.count) { terminal.line("   \(ManagerTerminal.printable(line))") }
        told.lines = lines
    }
}
