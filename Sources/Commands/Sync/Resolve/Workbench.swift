import Catalog
import Foundation
import Sync
import SyncRun

/// Asks a person about one conflict after another, and keeps each answer on the disk before the next question.
struct Workbench {
    let conflicts: [Conflict]
    let policy: Policy
    let policyPath: String
    let store: ResolutionStore
    let terminal: WorkbenchTerminal
    private(set) var resolutions: [ConflictResolution]
    /// Conflicts that a rule of the policy decides from now on.
    private(set) var ruled: Set<String> = []
    private var position = 0
    private var history: [Step] = []

    private struct Step {
        var position: Int
        var before: [ConflictResolution]
    }

    init(
        conflicts: [Conflict],
        policy: Policy,
        policyPath: String,
        store: ResolutionStore,
        resolutions: [ConflictResolution],
        terminal: WorkbenchTerminal
    ) {
        self.conflicts = conflicts
        self.policy = policy
        self.policyPath = policyPath
        self.store = store
        self.resolutions = resolutions
        self.terminal = terminal
    }

    /// What is still open.
    var open: [Conflict] {
        let decided = Set(resolutions.map(\.conflictID))
        return conflicts.filter { !ruled.contains($0.id) && !(decided.contains($0.id) && isCurrent($0)) }
    }

    private func isCurrent(_ conflict: Conflict) -> Bool {
        resolutions.contains { $0.conflictID == conflict.id && $0.decidedOn == conflict.digest }
    }

    /// Until everything was asked, or the person has enough.
    mutating func run() throws {
        while position < conflicts.count {
            let conflict = conflicts[position]
            if ruled.contains(conflict.id) {
                position += 1
                continue
            }
            show(conflict)
            guard try ask(conflict) else { return }
        }
    }

    private func show(_ conflict: Conflict) {
        terminal.write("\nConflict \(position + 1) of \(conflicts.count)\n")
        let view = ConflictView(conflict: conflict, width: terminal.width, isColoured: terminal.isColoured)
        terminal.write(view.lines().joined(separator: "\n") + "\n\n")
        if conflict.choices.isEmpty {
            terminal.write("  Only the policy can decide this; change it and plan again.\n")
        }
    }

    private func keys(_ conflict: Conflict) -> String {
        var keys: [String] = []
        for choice in conflict.choices {
            switch choice {
            case .source: keys.append("s source")
            case .destination: keys.append(conflict.isAboutValue ? "d destination" : "d leave as it is")
            case .base: keys.append("b last agreed")
            case .merge: keys.append("m both changes")
            case .value: keys.append("e edit")
            }
        }
        if canBeRule(conflict) { keys.append("r rule for all such") }
        keys.append("k skip")
        if !history.isEmpty { keys.append("u undo") }
        return (keys + ["q quit"]).joined(separator: " · ")
    }

    private func canBeRule(_ conflict: Conflict) -> Bool { conflict.code == "both-changed" }

    /// False when the person wants to stop.
    private mutating func ask(_ conflict: Conflict) throws -> Bool {
        while true {
            guard let answer = terminal.ask("\(keys(conflict)) > ") else { return false }
            switch answer.lowercased() {
            case "s", "source": if try decide(conflict, .source) { return true }
            case "d", "destination": if try decide(conflict, .destination) { return true }
            case "b", "base": if try decide(conflict, .base) { return true }
            case "m", "merge": if try decide(conflict, .merge) { return true }
            case "e", "edit": if let value = edited(conflict), try decide(conflict, .value(value)) { return true }
            case "r", "rule": if try rule(for: conflict) { return true }
            case "k", "skip":
                history.append(Step(position: position, before: resolutions))
                position += 1
                return true
            case "u", "undo":
                guard let step = history.popLast() else { continue }
                (position, resolutions) = (step.position, step.before)
                try store.save(resolutions)
                terminal.write("  taken back\n")
                return true
            case "q", "quit": return false
            default: terminal.write("  Answer with one of the letters.\n")
            }
        }
    }

    private mutating func decide(_ conflict: Conflict, _ choice: ConflictResolution.Choice) throws -> Bool {
        guard conflict.choices.contains(choice.word) else {
            terminal.write("  That is no answer to this one.\n")
            return false
        }
        history.append(Step(position: position, before: resolutions))
        resolutions = Self.adding(Self.resolution(conflict, choice), to: resolutions)
        try store.save(resolutions)
        position += 1
        return true
    }

    static func resolution(_ conflict: Conflict, _ choice: ConflictResolution.Choice) -> ConflictResolution {
        ConflictResolution(
            conflictID: conflict.id,
            choice: choice,
            decidedOn: conflict.digest,
            about: conflict.key.title() + (conflict.path.isEmpty ? "" : " · \(conflict.path)"),
            by: RunLog.who,
            at: Date().timestamp
        )
    }

    static func adding(
        _ resolution: ConflictResolution,
        to all: [ConflictResolution]
    ) -> [ConflictResolution] { all.filter { $0.conflictID != resolution.conflictID } + [resolution] }

    // MARK: - Editing

    private func edited(_ conflict: Conflict) -> JSON? {
        guard conflict.choices.contains(.value), let source = conflict.source else {
            terminal.write("  This cannot be typed in.\n")
            return nil
        }
        let start = (conflict.destination ?? source).stringValue ?? ConflictView.text(conflict.destination ?? source)
        guard let text = terminal.edit(start) else { return nil }
        let typed: JSON =
            switch source {
            case .int: Int(text).map(JSON.int) ?? .string(text)
            case .bool: Bool(text.lowercased()).map(JSON.bool) ?? .string(text)
            default: .string(text)
            }
        guard let value = conflict.accepted(typed) else {
            terminal.write("  '\(text.prefix(60))' is not what belongs here.\n".printable)
            return nil
        }
        return value
    }

    // MARK: - Rules

    /// Writes a rule for all conflicts of this field into the policy.
    private mutating func rule(for conflict: Conflict) throws -> Bool {
        guard canBeRule(conflict) else {
            terminal.write("  There is no rule for this sort of conflict.\n")
            return false
        }
        let key = Policy.ruleKey(for: conflict)
        let answer = terminal.ask(
            "  for every \(key): s source · d destination · n newest · m merge · anything else: back > "
        )
        let words: [String: Policy.ConflictStrategy] = [
            "s": .source, "d": .destination, "n": .newest, "m": .merge,
        ]
        guard let strategy = words[answer?.lowercased() ?? ""] else { return false }
        do {
            try PolicyRuleFile(path: policyPath).add(key, strategy)
        } catch {
            terminal.write("  \(error)\n")
            return false
        }
        ruled.formUnion(conflicts.filter { canBeRule($0) && Policy.ruleKey(for: $0) == key }.map(\.id))
        terminal.write("  written into \(policyPath): conflicts: {\"\(key)\": \(strategy.rawValue)}\n")
        position += 1
        return true
    }
}

/// The policy on the disk, when a rule is put into it.
struct PolicyRuleFile {
    let path: String

    func add(_ key: String, _ strategy: Policy.ConflictStrategy) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try AtomicText.write(PolicyEditing.addingConflictRule(key, strategy, to: text), to: path)
    }
}
