import ArgumentParser
import Backup
import Instances
import Sync

struct RotateMasterKeyCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-master-key",
        abstract: "Give a stopped instance a new master key, and seal all its secrets with it.",
        discussion: """
            Nothing gets lost: secrets, users and API keys stay what they are. If the command is interrupted, run it \
            again; until then the instance does not start. Save the new key afterwards (show-master-key). The old one \
            is still needed for older copies of the database; backups made with a passphrase carry their own.

            Examples:
              skerry service --stop --instance production
              skerry rotate-master-key --instance production --dry-run
              skerry rotate-master-key --instance production
            """
    )

    @OptionGroup var selection: InstanceSelection
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        try await selection.each("Done.") { context in
            let rotation = MasterKeyRotation(record: context.record, registry: context.registry)
            if dryRun.isOn {
                return
                    "would get a new master key; \(PlanText.counted(try await rotation.preview(), "secret")) to seal anew"
            }
            let outcome = try await rotation.run()
            let beginning = outcome.isContinued ? "completed what was begun: " : ""
            let secrets = PlanText.counted(outcome.secrets, "secret")
            return "\(beginning)it has a new master key; \(secrets) sealed anew. "
                + "Save the key: skerry show-master-key\(context.option)"
        }
    }
}
