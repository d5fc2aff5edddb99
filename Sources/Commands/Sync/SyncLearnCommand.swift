import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncLearnCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "learn",
        abstract: "Find out what the destination made of what the last run sent, and put that into the policy.",
        discussion: """
            Some servers trim a text, sort a list or fill in what is empty. The verification after an apply then finds \
            a difference, and so does every plan. This names such fields with the form that explains them. Nothing \
            is learned before you accept it: an accepted rule goes into `normalisations` of the policy, and values that \
            differ in that way only are no difference any more.

            Examples:
              skerry sync learn --policy team.policy.yaml
              skerry sync learn --policy team.policy.yaml --accept projects.Description

            Ends with 2 when there is something to accept.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Option(help: ArgumentHelp("A rule to put into the policy, as it is listed. May be repeated.", valueName: "rule"))
    var accept: [String] = []

    func perform() async throws -> CommandResult {
        try await syncing {
            let flow = try await flow.open(policyPath: policy)
            let found = try await flow.storedOtherwise()
            try await flow.close()
            let rules = Self.rules(found)
            for name in accept where !rules.contains(where: { $0.key == name }) {
                throw CommandFailure(
                    .usage,
                    "There is no rule '\(name.prefix(200))' to accept; run it without --accept."
                )
            }
            let accepted = rules.filter { accept.contains($0.key) }
            try put(accepted)
            let open = rules.filter { !accept.contains($0.key) }
            return CommandResult(
                code: (open.isEmpty ? SyncExitCode.done : .differences).rawValue,
                message: Self.sentence(found, accepted: accepted, open: open),
                text: Self.text(found, accepted: accepted, open: open),
                data: [
                    "found": .array(found.map(Self.json)), "accepted": JSON(accepted.map(\.key)),
                    "open": JSON(open.map(\.key)),
                ]
            )
        }
    }

    private func put(_ rules: [Normalisation]) throws {
        if rules.isEmpty { return }
        let path = FlowOptions.absolute(policy)
        do {
            var text = try String(contentsOfFile: path, encoding: .utf8)
            for rule in rules { text = try PolicyEditing.adding(rule, to: text) }
            try AtomicText.write(text, to: path)
        } catch let problem as PolicyEditing.Problem {
            throw SyncRunError.policy(path: path, problem: problem.description)
        }
    }

    /// Each once, in a settled order.
    private static func rules(_ found: [StoredOtherwise]) -> [Normalisation] {
        var seen = Set<String>()
        return found.compactMap(\.rule).filter { seen.insert($0.key).inserted }.sorted { $0.key < $1.key }
    }

    private static func sentence(_ found: [StoredOtherwise], accepted: [Normalisation], open: [Normalisation]) -> String
    {
        if found.isEmpty { return "The destination keeps what the last run sent." }
        if !accepted.isEmpty {
            return "\(PlanText.counted(accepted.count, "rule")) put into the policy; plan again."
        }
        return open.isEmpty
            ? "What the destination keeps otherwise has no form that could be learned."
            : "\(PlanText.counted(open.count, "rule")) could be learned."
    }

    private static func text(_ found: [StoredOtherwise], accepted: [Normalisation], open: [Normalisation]) -> String {
        var lines = [sentence(found, accepted: accepted, open: open)]
        for item in found {
            let rule = item.rule.map { "\($0.key): \($0.form.rawValue)" } ?? "no known form"
            lines.append("  \(rule)  (\(item.key.title()) · \(item.path))".printable)
            lines.append("      sent   \(short(item.sent))".printable)
            lines.append("      stored \(short(item.stored))".printable)
        }
        if let first = open.first {
            lines.append("Accept with: skerry sync learn --policy … --accept '\(first.key)'")
        }
        return lines.joined(separator: "\n")
    }

    private static func short(_ value: JSON) -> String {
        let text = value.text
        return text.count > 100 ? "\(text.prefix(100))…" : text
    }

    private static func json(_ item: StoredOtherwise) -> JSON {
        [
            "key": item.key.json, "path": .string(item.path), "sent": item.sent, "stored": item.stored,
            "rule": JSON(item.rule?.key), "form": JSON(item.rule?.form.rawValue),
        ]
    }
}
