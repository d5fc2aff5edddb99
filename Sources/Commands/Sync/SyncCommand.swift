import ArgumentParser
import SyncRun

/// The commands that keep two spaces in step.
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Keep two spaces, on two servers or on one, in step with a known delta.",
        discussion: """
            A policy file says what is synced and what each side keeps for itself. A plan lists what would be written; \
            an apply writes it, and nothing else; a verify says whether both sides are in step.

              skerry sync init --source http://127.0.0.1:8065 --destination http://127.0.0.1:8066 --out team.policy.yaml
              skerry sync plan --policy team.policy.yaml --out team.skplan
              skerry sync show team.skplan --html plan.html
              skerry sync apply team.skplan
              skerry sync verify --policy team.policy.yaml
              skerry sync secrets --policy team.policy.yaml

            The policy names where the API keys are (auth: env:NAME or file:PATH); they are never given on the command \
            line.

            Exit codes:
            \(SyncExitCode.table)
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "Deciding",
                subcommands: [
                    SyncAdviseCommand.self,
                    SyncInitCommand.self,
                    SyncImportSpaceClonerCommand.self,
                    SyncDecisionsCommand.self,
                    SyncExplainCommand.self,
                    SyncSchemaCommand.self,
                    SyncFieldsCommand.self,
                ]
            ),
            CommandGroup(
                name: "Syncing",
                subcommands: [
                    SyncPlanCommand.self,
                    SyncShowCommand.self,
                    SyncApproveCommand.self,
                    SyncApplyCommand.self,
                    SyncVerifyCommand.self,
                    SyncResolveCommand.self,
                    SyncLearnCommand.self,
                    SyncAdoptCommand.self,
                    SyncImportStateCommand.self,
                    SyncRunsCommand.self,
                    SyncRollbackCommand.self,
                    SyncKeygenCommand.self,
                ]
            ),
            CommandGroup(
                name: "Looking",
                subcommands: [
                    SyncDoctorCommand.self,
                    SyncStatusCommand.self,
                    SyncDriftCommand.self,
                    SyncBlameCommand.self,
                    SyncLogCommand.self,
                    SyncSecretsCommand.self,
                    SyncExportStateCommand.self,
                ]
            ),
        ]
    )
}

extension SyncExitCode {
    /// For `--help`: one line each.
    static var table: String { allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n") }
}
