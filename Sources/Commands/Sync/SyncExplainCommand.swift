import ArgumentParser
import Catalog
import Sync
import SyncRun

struct SyncExplainCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what a policy decides about one thing, and which line decides it.",
        discussion: """
            Names the line of the policy, the preset or the default behind every decision about a document, a field, a \
            step or a variable. When both servers can be reached, it says as well what the next plan would do with it.

            Examples:
              skerry sync explain projects/Web --policy team.policy.yaml
              skerry sync explain projects/Web.Description --policy team.policy.yaml
              skerry sync explain "steps/Web/QA sign-off" --policy team.policy.yaml --offline
              skerry sync explain variables/Web/ConnectionString --policy team.policy.yaml
              skerry sync explain variables/librarySets/Shared/Port --policy team.policy.yaml
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions

    @Argument(
        help: ArgumentHelp("type/name, type/name.Field, steps/Project/Step, variables/Project/Name.", valueName: "what")
    )
    var subject: String

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Flag(help: "Do not ask the servers.")
    var offline = false

    func perform() async throws -> CommandResult {
        try await syncing {
            let path = FlowOptions.absolute(policy)
            let loaded = try PolicyLoading.policy(at: path)
            let asked: PolicySubject
            do { asked = try PolicySubject.parse(subject) } catch {
                throw CommandFailure(code: SyncExitCode.policy.rawValue, message: "\(error)")
            }
            let explanation = loaded.explain(asked)
            let answer = offline ? nil : await plan(path)
            var data = explanation.json
            var lines = Self.table(explanation)
            switch answer {
            case .success(let plan):
                let found = PlanExcerpt(of: asked, in: plan)
                data["plan"] = found.json
                lines += [""] + found.lines
            case .failure(let error):
                data["plan"] = .null
                lines += ["", "The servers were not asked: \(error)"]
            case nil: break
            }
            return CommandResult(
                message: "\(explanation.lines.count) decisions about \(subject).",
                text: lines.joined(separator: "\n"),
                data: data
            )
        }
    }

    private func plan(_ path: String) async -> Result<Plan, any Error> {
        do {
            let flow = try await flow.open(policyPath: path)
            let plan = try await flow.plan()
            try await flow.close()
            return .success(plan)
        } catch {
            return .failure(error)
        }
    }

    private static func table(_ explanation: PolicyExplanation) -> [String] {
        let width = explanation.lines.map(\.question.count).max() ?? 0
        return explanation.lines.map { line in
            let gap = String(repeating: " ", count: width - line.question.count)
            return
                "\(line.question)\(gap)  \(line.answer)\n\(String(repeating: " ", count: width))    ← \(line.decidedBy)"
        }
    }
}

/// What a plan does with one thing.
private struct PlanExcerpt {
    var operations: [Sync.Operation]
    var skipped: [Skipped]
    var conflicts: [Conflict]

    init(of subject: PolicySubject, in plan: Plan) {
        let isMeant = { (key: EntityKey, path: String) in key == subject.key && Self.path(path, isOf: subject.part) }
        operations = plan.operations.filter { operation in
            operation.key == subject.key
                && (operation.fields.isEmpty || operation.fields.contains { isMeant(operation.key, $0.path) })
        }
        skipped = plan.skipped.filter { $0.key == subject.key && ($0.path.isEmpty || isMeant($0.key, $0.path)) }
        conflicts = plan.conflicts.filter { $0.key == subject.key && ($0.path.isEmpty || isMeant($0.key, $0.path)) }
    }

    private static func path(_ path: String, isOf part: PolicySubject.Part) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch part {
        case .whole: return true
        case .field(let name): return parts.first == name
        case .step(let name): return parts.dropFirst().first.map { EntityKey.folded($0) } == EntityKey.folded(name)
        case .variable(let name):
            let written = parts.dropFirst().first.map { $0.prefix { $0 != "#" } } ?? ""
            return EntityKey.folded(String(written)) == EntityKey.folded(name)
        }
    }

    var json: JSON {
        [
            "operations": .array(operations.map(\.json)), "skipped": .array(skipped.map(\.json)),
            "conflicts": .array(conflicts.map(\.json)),
        ]
    }

    var lines: [String] {
        let all =
            operations.flatMap { operation in
                ["the next plan would \(operation.action.rawValue) \(operation.key)"]
                    + operation.fields.prefix(20).map { "  \($0.path)  ← \($0.rule)" }
            } + skipped.map { "left out: \($0.key) \($0.path) (\($0.code))  ← \($0.rule)" }
            + conflicts.map { "conflict: \($0.key) \($0.path): \($0.message)" }
        return all.isEmpty ? ["The next plan would do nothing with it."] : all
    }
}
