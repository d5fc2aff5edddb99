import Foundation
import Instances

/// The manager for those who sit at a terminal, on this machine or over ssh: the same instances, questions, scripts and
/// work as on its pages, a line at a time.
public struct TerminalFront: Sendable {
    let core: ManagerCore
    let terminal: ManagerTerminal
    /// Something was refused, or did not end well.
    var hasFailed = false

    public init(core: ManagerCore, terminal: ManagerTerminal) {
        self.core = core
        self.terminal = terminal
    }

    /// Until the person has enough, or nobody answers any more.
    ///
    /// - Returns: whether all that was sent was done and ended well; a person at a terminal has seen what did not.
    public mutating func run() async throws -> Bool {
        if !terminal.isTerminal {
            terminal.line("Answers are not typed at a terminal: passwords among them are not hidden.")
        }
        do {
            while try await main() {}
        } catch is ManagerTerminal.EndOfInput {
            terminal.line("")
        }
        return terminal.isTerminal || !hasFailed
    }

    /// False when the person wants to stop.
    private mutating func main() async throws -> Bool {
        let machine = try await core.machine()
        show(machine)
        let instances = machine.instances.enumerated().map { ("\($0 + 1)", Self.label($1)) }
        let answer = try await pick(
            "All instances",
            instances + [
                ("n", "New server or agent"), ("b", "Back up all instances"), ("e", "Backups every day"),
                ("t", "Restore"), ("u", "Upgrade"), ("v", "Take back an upgrade"), ("d", "Doctor"), ("w", "Work"),
                ("r", "Read again"), ("q", "Quit"),
            ]
        )
        switch answer {
        case "n": try await create()
        case "b": try await carryOut { try await $0.errand(.backup, in: machine) }
        case "e": try await carryOut { try await $0.errand(.schedule, in: machine) }
        case "t": try await carryOut { try await $0.errand(.restore, in: machine) }
        case "u": try await carryOut { try await $0.errand(.upgrade, in: machine) }
        case "v": try await carryOut { try await $0.errand(.recover, in: machine) }
        case "d": try await doctor()
        case "w": try await work()
        case "r": break
        case "q": return false
        default:
            let instance = machine.instances[(Int(answer) ?? 1) - 1]
            while try await show(instance.kind, instance.slug) {}
        }
        return true
    }

    private func show(_ machine: Machine) {
        terminal.heading("Skerry manager \(machine.version)")
        for problem in machine.problems { terminal.error(problem) }
        if machine.instances.isEmpty { terminal.line("No instance exists on this machine yet.") }
        let unsaved = machine.unsaved.map(\.name).joined(separator: ", ")
        if !unsaved.isEmpty {
            terminal.line("\(terminal.painted("Without a verified backup of the last day:", .yellow)) \(unsaved)")
        }
    }

    private static func label(_ instance: Machine.Instance) -> String {
        let words = [instance.kind.rawValue, instance.state, instance.version] + instance.addresses
        let described = words.filter { !$0.isEmpty }.joined(separator: ", ")
        return "\(instance.name) (\(described))\(instance.isDefault ? ", the default" : "")"
    }

    // MARK: - One instance

    /// False to go back.
    private mutating func show(_ kind: InstanceKind, _ slug: String) async throws -> Bool {
        let machine = try await core.machine()
        guard let instance = machine.instance(kind, slug) else { return false }
        tell(about: instance)
        let errands = InstanceErrand.groups.flatMap(\.errands).filter { $0.isOffered(to: instance) }
        var entries = errands.enumerated().map { ("\($0 + 1)", $1.title) } + [("l", "Log")]
        if instance.kind == .server { entries.append(("k", "Master key")) }
        switch try await pick("\(kind == .server ? "Server" : "Agent") \(instance.name)", entries + [("q", "Go back")])
        {
        case "l": try await log(instance)
        case "k": try await masterKey(instance)
        case "q": return false
        case let answer:
            let errand = errands[(Int(answer) ?? 1) - 1]
            try await carryOut { try await $0.errand(errand, of: instance, in: machine) }
        }
        return true
    }

    private func tell(about instance: Machine.Instance) {
        let facts = [
            ("State", instance.state), ("Version", instance.version),
            ("Address", instance.addresses.joined(separator: " ")), ("Thumbprint", instance.thumbprint),
            ("Trusts", instance.trusted.joined(separator: " ")), ("Service", instance.service),
            ("Account", instance.account), ("Home", instance.home), ("Configuration", instance.configuration),
            ("No recent backup", instance.backupProblem), ("Problem", instance.problem),
        ]
        terminal.line("")
        show(facts.filter { !$0.1.isEmpty })
    }

    func show(_ facts: [(name: String, value: String)]) {
        for fact in facts { terminal.line("  \(fact.name): \(ManagerTerminal.printable(fact.value))") }
    }

    private func log(_ instance: Machine.Instance) async throws {
        let log = core.log(of: instance)
        terminal.line("  \(log.place)")
        guard let newest = await log.newest() else { return terminal.line("  There is nothing yet.") }
        terminal.write(ManagerTerminal.printable(newest.text))
        guard try await pick("Log", [("f", "New lines as they are written, until Enter"), ("q", "Go back")]) == "f"
        else {
            return
        }
        let reader = Task {
            await log.follow(from: newest.end) { text, _ in terminal.write(ManagerTerminal.printable(text)) }
        }
        defer { reader.cancel() }
        _ = try await terminal.ask("")
    }

    mutating func masterKey(_ instance: Machine.Instance) async throws {
        terminal.line(
            "The master key opens all secrets of this server. Keep it in a safe place: without it the secrets in a"
        )
        terminal.line("backup cannot be read.")
        guard try await confirm("Show it here", false) else { return }
        let (key, problem) = try await core.masterKey(of: instance)
        if let problem { fail(problem) } else { terminal.line(key) }
    }

    // MARK: - The machine

    private func doctor() async throws {
        let (findings, problems) = try await core.doctor()
        for problem in problems { terminal.error(problem) }
        if findings.isEmpty, problems.isEmpty { terminal.line("Nothing is wrong.") }
        for finding in findings {
            let instance = finding.instance.isEmpty ? "" : " (\(finding.instance))"
            let fault = terminal.painted("\(finding.fault)\(instance)", finding.isError ? .red : .yellow)
            terminal.line("\(fault): \(ManagerTerminal.printable("\(finding.message). \(finding.advice)."))")
        }
    }

    private mutating func work() async throws {
        let jobs = try await core.jobs.all()
        guard !jobs.isEmpty else { return terminal.line("Nothing was done yet.") }
        let entries = jobs.enumerated().map { number, job in
            ("\(number + 1)", "\(job.record.plan.title): \(job.word) (\(job.record.begun.formatted(.iso8601)))")
        }
        let answer = try await pick("What was done, the newest first", entries + [("q", "Go back")])
        guard let number = Int(answer) else { return }
        _ = try await follow(jobs[number - 1].record.id)
    }
}
