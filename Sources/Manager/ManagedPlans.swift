public import Instances

/// The answers of a wizard for a new instance.
public struct NewInstance: Sendable, Hashable {
    public var kind = InstanceKind.server
    public var name = ""
    /// Empty: the standard place.
    public var home = ""
    /// The Unix account; empty: the one that runs the manager.
    public var account = ""
    /// Servers: empty for the address that the registry proposes.
    public var address = ""
    public var administrator = "admin"
    public var password = ""
    /// Agents: empty for the port that the registry proposes.
    public var port = ""
    /// Agents: thumbprints of servers.
    public var trust: [String] = []

    public init() {}
}

extension ManagedPlan {
    /// Makes the instance, settles it, and starts it. If anything fails, it is deleted again; its files are kept.
    public static func create(_ new: NewInstance) -> ManagedPlan {
        var creation: [ManagedCommand.Argument] = []
        if !new.home.isEmpty { creation += ["--home", .text(new.home)] }
        var commands = [ManagedCommand.named(new.kind, "create-instance", creation)]
        var secrets: [ManagedSecret] = []
        switch new.kind {
        case .server:
            if !new.address.isEmpty {
                commands.append(.named(.server, "configure", ["--webListenPrefixes", .text(new.address)]))
            }
            commands.append(.named(.server, "admin", ["--username", .text(new.administrator)]))
            secrets.append(
                ManagedSecret(
                    variable: "SKERRY_ADMIN_PASSWORD",
                    question: "Password of \(new.administrator)",
                    value: new.password
                )
            )
        case .agent:
            var settings: [ManagedCommand.Argument] = []
            if !new.port.isEmpty { settings += ["--port", .text(new.port)] }
            for thumbprint in new.trust { settings += ["--trust", .text(thumbprint)] }
            if !settings.isEmpty { commands.append(.named(.agent, "configure", settings)) }
        }
        let account: [ManagedCommand.Argument] = new.account.isEmpty ? [] : ["--user", .text(new.account), "--fix"]
        commands.append(.named(new.kind, "service", account + ["--install", "--start"]))
        return ManagedPlan(
            "Create the \(new.kind.rawValue) \(new.name)",
            new.kind,
            new.name,
            commands,
            // Data stays: a home that an instance of this name left behind was taken over by the first command.
            undo: [.named(new.kind, "delete-instance")],
            secrets: secrets
        )
    }

    /// What the page of an instance offers.
    public enum Action: String, Sendable, CaseIterable {
        case start, stop, restart, backup, delete

        var title: String {
            switch self {
            case .start: "Start"
            case .stop: "Stop"
            case .restart: "Restart"
            case .backup: "Back up"
            case .delete: "Delete"
            }
        }

        /// Agents have no database; what they are is made anew.
        func isOffered(to kind: InstanceKind) -> Bool { self != .backup || kind == .server }
    }

    public struct Options: Sendable, Hashable {
        public var directory = ""
        public var passphrase = ""
        /// Data, keys and logs go, too.
        public var purges = false

        public init() {}
    }

    public static func action(
        _ action: Action,
        _ kind: InstanceKind,
        _ name: String,
        _ options: Options = Options()
    ) -> ManagedPlan {
        let title = "\(action.title): \(kind.rawValue) \(name)"
        func service(_ flags: ManagedCommand.Argument...) -> ManagedPlan {
            ManagedPlan(title, kind, name, [.named(kind, "service", flags)])
        }
        switch action {
        case .start: return service("--install", "--start")
        case .stop: return service("--stop")
        case .restart: return service("--restart")
        case .backup:
            let secret = ManagedSecret(
                variable: "SKERRY_BACKUP_PASSPHRASE",
                question: "Passphrase of the backup",
                value: options.passphrase
            )
            let backup = ManagedCommand.named(kind, "backup", ["--to", .text(options.directory)])
            return ManagedPlan(title, kind, name, [backup], secrets: [secret])
        case .delete:
            return ManagedPlan(
                title,
                kind,
                name,
                [.named(kind, "delete-instance", options.purges ? ["--purge"] : [])]
            )
        }
    }
}
