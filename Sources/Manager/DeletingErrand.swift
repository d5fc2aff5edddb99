import Instances

/// Deleting an instance, from its registration to everything.
extension InstanceErrand {
    private typealias Level = (value: String, label: String, options: [ManagedCommand.Argument])

    private static func deletionLevels(_ kind: InstanceKind) -> [Level] {
        let database: [ManagedCommand.Argument] = ["--drop-database", .instance("--confirm")]
        let keep: Level = ("keep", "The registration and the service; data, key and logs stay", [])
        let everything: Level = ("purge", "Everything, for ever", ["--purge"])
        return switch kind {
        case .server:
            [
                keep, ("database", "And the database; needs a verified backup", database),
                (
                    "unsaved", "And the database, although no verified backup holds it: nothing brings it back",
                    database + ["--without-backup"]
                ), ("home", "And database, home and logs; needs a verified backup", ["--purge-home"] + database),
                everything,
            ]
        case .agent:
            [
                keep, ("applications", "And the applications that it installed", ["--purge-applications"]),
                ("home", "And applications, home and logs", ["--purge-applications", "--purge-home"]), everything,
            ]
        }
    }

    func delete(_ instance: Machine.Instance) -> Errand {
        let levels = Self.deletionLevels(instance.kind)
        var errand = errand(
            instance,
            text:
                "It is stopped first, if it runs. Its configuration and keys are in the trash for thirty days, unless everything goes.",
            questions: [
                Question(
                    name: "level",
                    label: "What goes",
                    kind: .choice(levels.map { ($0.value, $0.label) }),
                    value: "keep"
                ), Question(name: "again", label: "Type the name, \(instance.name), to confirm"),
            ]
        ) { answers in
            let options = levels.first { $0.value == answers.text("level") }?.options ?? []
            return [.named(instance.kind, "delete-instance", options)]
        }
        errand.mustRepeat = instance.name
        return errand
    }
}
