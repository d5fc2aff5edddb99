import ArgumentParser

/// The root of the command line. Each command is a file of its own.
struct Skerry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skerry",
        abstract: "A deployment server that is made to be run several times and kept in step.",
        discussion: """
            A first server on this machine:

              skerry create-instance
              skerry admin --username admin
              skerry run

            A second one beside it, with its own configuration, database, key and port:

              skerry create-instance --instance production
              skerry admin --instance production --username admin
              skerry run --instance production

            Commands for one instance take --instance NAME; without it they use the instance named in \
            SKERRY_INSTANCE, else the default instance. SKERRY_ROOT=/some/directory moves all files of all instances \
            there. Every command takes --format json; results go to standard output, everything else to standard error.

            \(SkerryExit.help)
            """,
        subcommands: [VersionCommand.self, SyncCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Instances",
                subcommands: [
                    CreateInstanceCommand.self, ConfigureCommand.self, AdminCommand.self, RunCommand.self,
                    FrontDoorCommand.self,
                    ServiceCommand.self, SuperviseCommand.self,
                    ListInstancesCommand.self, ShowConfigurationCommand.self,
                    StatusCommand.self, InstanceDoctorCommand.self, WaitReadyCommand.self,
                    SetDefaultInstanceCommand.self,
                    RenameInstanceCommand.self, RepairInstanceCommand.self, ForgetInstanceCommand.self,
                    CloneInstanceCommand.self, DeleteInstanceCommand.self,
                ]
            ),
            CommandGroup(
                name: "Backups and keys",
                subcommands: [
                    BackupCommand.self, RestoreCommand.self, ListBackupsCommand.self, ScheduleBackupsCommand.self,
                    ShowMasterKeyCommand.self, SetMasterKeyCommand.self, RotateMasterKeyCommand.self,
                ]
            ),
            CommandGroup(
                name: "Upgrades",
                subcommands: [UpgradeCommand.self, SelftestCommand.self, MigrateCommand.self]
            ),
            CommandGroup(name: "Content", subcommands: [SampleCommand.self, CommunityCommand.self]),
        ]
    )
}
