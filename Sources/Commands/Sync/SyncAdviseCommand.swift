import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncAdviseCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "advise",
        abstract: "Find out whether two servers to keep in step are what you need.",
        discussion: """
            Keeping two servers in step is a standing cost, and the last resort. Most reasons for a second server have a \
            cheaper answer. This asks for yours (or takes it with --why), looks at two servers when they are given, and \
            says what to do instead, or which preset to begin with.

            Reasons for --why:
            \(AdviceReason.all.map { "  \($0.name): \($0.question)" }.joined(separator: "\n"))

            Examples:
              skerry sync advise --why approval
              skerry sync advise --source http://127.0.0.1:8065 --destination http://127.0.0.1:8066
            """
    )

    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("A reason from the list; may be given several times.", valueName: "reason"))
    var why: [String] = []

    @Option(help: ArgumentHelp("The address of the first server.", valueName: "url"))
    var source: String?

    @Option(help: ArgumentHelp("The address of the second server.", valueName: "url"))
    var destination: String?

    @Option(help: ArgumentHelp("The space of the first server.", valueName: "name"))
    var sourceSpace = "Default"

    @Option(help: ArgumentHelp("The space of the second server.", valueName: "name"))
    var destinationSpace = "Default"

    @Option(help: ArgumentHelp("Where the first server's API key is: env:NAME or file:PATH.", valueName: "place"))
    var sourceAuth = "env:SRC_KEY"

    @Option(help: ArgumentHelp("Where the second server's API key is: env:NAME or file:PATH.", valueName: "place"))
    var destinationAuth = "env:DST_KEY"

    func validate() throws {
        guard (source == nil) == (destination == nil) else {
            throw ValidationError("Give both --source and --destination, or neither.")
        }
        for name in why where AdviceReason.named(name) == nil {
            let words = AdviceReason.all.map(\.name).joined(separator: ", ")
            throw ValidationError("'\(name)' is none of the reasons: \(words).")
        }
    }

    func perform() async throws -> CommandResult {
        try await syncing {
            let findings = try await facts()?.findings ?? []
            var reasons = why.compactMap(AdviceReason.named)
            if reasons.isEmpty, !output.isJSON, isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 {
                reasons = Self.ask()
            }
            if reasons.isEmpty, findings.isEmpty, source == nil {
                throw CommandFailure(
                    .usage,
                    "Say why with --why, or give --source and --destination; there is no terminal to ask at."
                )
            }
            return CommandResult(
                message: Self.verdict(reasons),
                text: Self.text(reasons, findings),
                data: [
                    "reasons": .array(reasons.map(\.json)), "findings": .array(findings.map(\.json)),
                    "preset": JSON(Self.preset(reasons)),
                ]
            )
        }
    }

    private func facts() async throws -> AdviceFacts? {
        guard let source, let destination else { return nil }
        let draft = PolicyDraft(
            source: .init(url: source, space: sourceSpace, auth: sourceAuth),
            destination: .init(url: destination, space: destinationSpace, auth: destinationAuth)
        )
        return try await draft.facts(policyPath: FlowOptions.absolute("policy.yaml"))
    }

    private static func ask() -> [AdviceReason] {
        AdviceReason.all.filter { reason in
            Console.note("\(reason.question) [y/N]")
            return readLine()?.lowercased().hasPrefix("y") ?? false
        }
    }

    private static func preset(_ reasons: [AdviceReason]) -> String? {
        reasons.lazy.compactMap { reason in
            if case .sync(let preset) = reason.answer { preset } else { nil }
        }.first
    }

    private static func verdict(_ reasons: [AdviceReason]) -> String {
        if let preset = preset(reasons) { return "Two servers in step: begin with preset \(preset)." }
        if reasons.contains(where: { $0.answer == .notYet }) { return "Not supported yet." }
        return reasons.isEmpty
            ? "Split only when a policy, a regulation or a contract demands it." : "One server is enough."
    }

    private static func text(_ reasons: [AdviceReason], _ findings: [AdviceFinding]) -> String {
        var lines = [verdict(reasons)]
        for reason in reasons { lines += ["", "\(reason.name): \(reason.advice)"] }
        if !findings.isEmpty { lines += ["", "What the two servers show:"] }
        lines += findings.map { "  - \($0.text)" }
        if let preset = preset(reasons) {
            lines += [
                "", "Packages are not copied by default: let the build server push to both, or use an external feed.",
                "Next: skerry sync init --preset \(preset) --source … --destination … --out team.policy.yaml",
            ]
        }
        return lines.joined(separator: "\n")
    }
}
