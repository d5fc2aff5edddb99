import ArgumentParser

/// The root of the agent's command line. Commands for instances are those of `skerry`.
struct SkerryAgent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skerry-agent",
        abstract: "The program on a machine that a deployment server deploys to.",
        discussion: """
            A first agent on this machine:

              skerry-agent create-instance
              skerry-agent configure --trust THUMBPRINT-OF-THE-SERVER
              skerry-agent service --install --start

            A second one beside it, with its own identity, port and application directory:

              skerry-agent create-instance --instance "My Agent"
              skerry-agent service --install --start --instance "My Agent"

            Commands for one instance take --instance NAME; without it they use the instance named in \
            SKERRY_INSTANCE, else the default instance. SKERRY_ROOT=/some/directory moves all files of all instances \
            there. Every command takes --format json; results go to standard output, everything else to standard error.

            \(SkerryExit.help)
            """,
        subcommands: [VersionCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Instances",
                subcommands: [
                    CreateInstanceCommand.self, ConfigureAgentCommand.self, RunAgentCommand.self, ServiceCommand.self,
                    SuperviseCommand.self, ListInstancesCommand.self, ShowConfigurationCommand.self,
                    StatusCommand.self, InstanceDoctorCommand.self, WaitReadyCommand.self, LivezCommand.self,
                    SetDefaultInstanceCommand.self,
                    RenameInstanceCommand.self, RepairInstanceCommand.self, ForgetInstanceCommand.self,
                    CloneInstanceCommand.self, DeleteInstanceCommand.self,
                ]
            ),
            CommandGroup(
                name: "Backups",
                subcommands: [
                    BackupCommand.self, RestoreCommand.self, ListBackupsCommand.self, ScheduleBackupsCommand.self,
                ]
            ),
            CommandGroup(
                name: "Identity and trust",
                subcommands: [
                    NewCertificateCommand.self, ImportCertificateCommand.self, ShowThumbprintCommand.self,
                    UpdateTrustCommand.self, ClearTrustedServersCommand.self,
                ]
            ),
        ]
    )
}
