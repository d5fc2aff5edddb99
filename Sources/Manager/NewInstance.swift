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
    /// Makes the instance, settles it, and starts it. If anything fails, it is deleted again; files that were there
    /// before it are kept.
    public static func create(_ new: NewInstance) -> ManagedPlan {
        var creation: [ManagedCommand.Argument] = []
        if !new.home.isEmpty { creation += [.option("--home", new.home)] }
        // What an instance of this name left behind is taken over by this command, and stays.
        let undo = ManagedCommand.named(new.kind, "delete-instance", ["--purge-new"])
        var commands = [ManagedCommand.named(new.kind, "create-instance", creation, undo: [undo])]
        var secrets: [ManagedSecret] = []
        switch new.kind {
        case .server:
            if !new.address.isEmpty {
                commands.append(.named(.server, "configure", [.option("--webListenPrefixes", new.address)]))
            }
            commands.append(.named(.server, "admin", [.option("--username", new.administrator)]))
            secrets.append(.password(of: new.administrator, new.password))
        case .agent:
            var settings: [ManagedCommand.Argument] = []
            if !new.port.isEmpty { settings += [.option("--port", new.port)] }
            for thumbprint in new.trust { settings += [.option("--trust", thumbprint)] }
            if !settings.isEmpty { commands.append(.named(.agent, "configure", settings)) }
        }
        let account: [ManagedCommand.Argument] = new.account.isEmpty ? [] : [.option("--user", new.account), "--fix"]
        commands.append(.named(new.kind, "service", account + ["--install", "--start"]))
        var plan = ManagedPlan(
            "Create the \(new.kind.rawValue) \(new.name)",
            new.kind,
            new.name,
            commands,
            secrets: secrets
        )
        plan.undone = "The instance was deleted again. Files that were there before it are kept."
        plan.makesKey = new.kind == .server
        return plan
    }
}
