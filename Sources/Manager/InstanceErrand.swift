import Catalog
import Instances

/// What the page of an instance offers.
enum InstanceErrand: String, Sendable, CaseIterable {
    case start, stop, restart, settings, certificate, trust, service, admin, backup, clone, rename, repair, forget,
        delete
    case makeDefault = "default"
    case newKey = "new-key"
    case savedKey = "saved-key"

    var title: String {
        switch self {
        case .start: "Start"
        case .stop: "Stop"
        case .restart: "Restart"
        case .settings: "Settings"
        case .certificate: "Certificate"
        case .trust: "Trusted servers"
        case .service: "Service and account"
        case .admin: "Administrator"
        case .makeDefault: "Make it the default"
        case .backup: "Back up"
        case .clone: "Clone"
        case .rename: "Rename"
        case .newKey: "New master key"
        case .savedKey: "Put the master key back"
        case .repair: "Repair"
        case .forget: "Forget"
        case .delete: "Delete"
        }
    }

    /// The headings of the page, and what is below each.
    static let groups: [(title: String, errands: [InstanceErrand])] = [
        ("Mend", [.repair]), ("Run", [.start, .stop, .restart]),
        ("Set up", [.settings, .certificate, .trust, .admin, .service, .makeDefault]),
        ("Keep", [.backup, .newKey, .savedKey, .clone, .rename]),
        ("Remove", [.forget, .delete]),
    ]

    func isOffered(to instance: Machine.Instance) -> Bool {
        let isBroken = instance.state == "broken"
        return switch self {
        case .trust: instance.kind == .agent && !isBroken
        case .admin, .newKey, .savedKey: instance.kind == .server && !isBroken
        case .repair, .forget: isBroken
        case .makeDefault: !instance.isDefault
        case .delete: true
        default: !isBroken
        }
    }

    /// Whether its page shows settings that have to be read first.
    var needsConfiguration: Bool { self == .settings || self == .certificate || self == .trust }

    /// - Parameter configuration: as `show-configuration` prints it, for those that need it.
    func errand(for instance: Machine.Instance, in machine: Machine, configuration: JSON = .null) -> Errand {
        switch self {
        case .start: service(instance, ["--install", "--start"])
        case .stop: service(instance, ["--stop"])
        case .restart: service(instance, ["--restart"])
        case .settings: settings(instance, configuration)
        case .certificate:
            instance.kind == .server ? serverCertificate(instance, configuration) : identity(instance)
        case .trust: trust(instance, configuration)
        case .service: serviceAndAccount(instance)
        case .admin: administrator(instance)
        case .makeDefault: makeDefault(instance)
        case .backup: backup(instance)
        case .clone: clone(instance)
        case .rename: rename(instance, machine)
        case .newKey: newKey(instance)
        case .savedKey: savedKey(instance)
        case .repair: repair(instance)
        case .forget: forget(instance)
        case .delete: delete(instance)
        }
    }

    /// One without questions, or with these.
    func errand(
        _ instance: Machine.Instance,
        verb: String? = nil,
        text: String = "",
        questions: [Question] = [],
        commands: @escaping @Sendable (Answers) throws -> [ManagedCommand]
    ) -> Errand {
        let title = "\(title): \(instance.kind.rawValue) \(instance.name)"
        return Errand(
            name: rawValue,
            title: "\(self.title) \(instance.name)",
            verb: verb ?? self.title,
            text: text,
            questions: questions,
            plan: { ManagedPlan(title, instance.kind, instance.name, try commands($0)) }
        )
    }

    private func service(_ instance: Machine.Instance, _ flags: [ManagedCommand.Argument]) -> Errand {
        errand(instance) { _ in [.named(instance.kind, "service", flags)] }
    }

    private func serviceAndAccount(_ instance: Machine.Instance) -> Errand {
        var errand = errand(
            instance,
            verb: "Do it",
            text: "The service starts the instance with the machine and again whenever it ends by itself.",
            questions: [
                Question(
                    name: "what",
                    label: "What is to be done",
                    kind: .choice([
                        ("renew", "Make the service anew, as it should be"),
                        ("account", "Let the instance run as another account, and give it its files (for root)"),
                        ("remove", "Stop the instance and remove its service; the instance stays"),
                    ]),
                    value: "renew"
                ),
                Question(name: "account", label: "Unix account", hint: "for the second choice"),
            ]
        ) { answers in
            func service(_ flags: ManagedCommand.Argument...) -> ManagedCommand {
                .named(instance.kind, "service", flags)
            }
            switch answers.text("what") {
            case "remove": return [service("--stop", "--uninstall")]
            case "account":
                let account = try answers.required("account", "the account")
                // The account of one that runs cannot change.
                guard instance.isRunning else { return [service("--install", .option("--user", account), "--fix")] }
                let stop = ManagedCommand.named(instance.kind, "service", ["--stop"], undo: [service("--start")])
                return [stop, service("--install", .option("--user", account), "--fix", "--start")]
            default:
                return [instance.isRunning ? service("--stop", "--reconfigure", "--start") : service("--reconfigure")]
            }
        }
        let plan = errand.plan
        errand.plan = { answers in
            var made = try await plan(answers)
            made.checked = made.commands.count - 1
            return made
        }
        errand.facts = [
            ("Service", instance.service.isEmpty ? "none" : instance.service), ("Account", instance.account),
        ]
        return errand
    }

    private func administrator(_ instance: Machine.Instance) -> Errand {
        var errand = errand(
            instance,
            verb: "Create or reset",
            text:
                "Makes a user who may do everything on this server, or gives one who is there a new password. An API key "
                + "is made with it, and shown once.",
            questions: [
                Question(name: "username", label: "Name to sign in with", value: "admin", isRequired: true),
                Question(name: "email", label: "E-mail address", hint: "may be empty"),
                Question(name: "password", label: "Password", kind: .password, isRequired: true),
            ]
        ) { _ in [] }
        let title = errand.title
        errand.plan = { answers in
            let user = try answers.required("username", "the name")
            var options: [ManagedCommand.Argument] = [.option("--username", user)]
            if !answers.text("email").isEmpty { options += [.option("--email", answers.text("email"))] }
            return ManagedPlan(
                title,
                instance.kind,
                instance.name,
                [.named(.server, "admin", options)],
                secrets: [.password(of: user, answers.text("password"))]
            )
        }
        return errand
    }

    private func makeDefault(_ instance: Machine.Instance) -> Errand {
        errand(instance, text: "Commands that name no instance use the default one.") { _ in
            [.named(instance.kind, "set-default-instance")]
        }
    }

    private func repair(_ instance: Machine.Instance) -> Errand {
        errand(
            instance,
            text:
                "Makes missing directories, and a configuration with default settings in place of one that is missing or "
                + "damaged; a damaged one is kept beside it. A master key that is lost cannot be made again."
        ) { _ in [.named(instance.kind, "repair-instance")] }
    }

    private func forget(_ instance: Machine.Instance) -> Errand {
        var errand = errand(
            instance,
            text: "Takes the instance out of the list. No file is touched.",
            questions: [Question(name: "again", label: "Type the name, \(instance.name), to confirm")]
        ) { _ in [.named(instance.kind, "forget-instance")] }
        errand.mustRepeat = instance.name
        return errand
    }
}
