public import Instances

/// One call of a Skerry command, as a value: what runs is what is shown.
public struct ManagedCommand: Sendable, Hashable, Codable {
    public enum Argument: Sendable, Hashable, Codable, ExpressibleByStringLiteral {
        /// A command, a flag, or a path from the root on.
        case text(String)
        /// An option with its value in one word: whatever the value begins with, it is not taken for an option.
        case option(String, String)
        /// An option with the name of the instance that the plan is about: a variable in scripts.
        case instance(String)

        public init(stringLiteral value: String) { self = .text(value) }
    }

    public var program: InstanceKind
    public var arguments: [Argument]
    /// What takes it back, should a later command of its plan fail.
    public var undo: [ManagedCommand]

    public init(_ program: InstanceKind, _ arguments: [Argument], undo: [ManagedCommand] = []) {
        self.program = program
        self.arguments = arguments
        self.undo = undo
    }

    /// For the instance of the plan.
    static func named(
        _ kind: InstanceKind,
        _ command: String,
        _ options: [Argument] = [],
        undo: [ManagedCommand] = []
    ) -> ManagedCommand {
        ManagedCommand(kind, [.text(command), .instance("--instance")] + options, undo: undo)
    }

    var namesInstance: Bool {
        arguments.contains { if case .instance = $0 { true } else { false } }
    }

    /// As a process gets it.
    func arguments(instance: String) -> [String] {
        arguments.map { argument in
            switch argument {
            case .text(let text): text
            case .option(let name, let value): "\(name)=\(value)"
            case .instance(let name): "\(name)=\(instance)"
            }
        }
    }

    /// What it does, as its first word says.
    var name: String {
        guard case .text(let name)? = arguments.first else { return "" }
        return name
    }

    /// What it prints is for one person to see once: an API key.
    var printsSecret: Bool { name == ManagedSecret.keyMaker }

    /// As a shell gets it.
    var line: String {
        let words = arguments.map { argument in
            switch argument {
            case .text(let text): ShellText.quoted(text)
            case .option(let name, let value): "\(name)=\(ShellText.quoted(value))"
            case .instance(let name): "\(name)=\"$INSTANCE\""
            }
        }
        return ([program.program] + words).joined(separator: " ")
    }
}

extension InstanceKind: Codable {}

/// A value that commands take from the environment, so that no script and no list of processes holds it.
public struct ManagedSecret: Sendable, Hashable, Codable {
    /// Of the environment.
    public var variable: String
    /// What a person is asked for.
    public var question: String
    /// Names of the commands that take it.
    var readers: Set<String> {
        switch variable {
        case Self.adminVariable: [Self.keyMaker]
        case Self.keyVariable: ["set-master-key"]
        default: ["backup", "restore"]
        }
    }

    /// In memory only: it is left out wherever the plan is written down.
    public var value: String

    private enum CodingKeys: CodingKey { case variable, question }

    /// The command that makes administrators, and an API key for each.
    fileprivate static let keyMaker = "admin"
    private static let adminVariable = "SKERRY_ADMIN_PASSWORD"
    private static let keyVariable = "SKERRY_MASTER_KEY"

    init(variable: String, question: String, value: String) {
        self.variable = variable
        self.question = question
        self.value = value
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        variable = try fields.decode(String.self, forKey: .variable)
        question = try fields.decode(String.self, forKey: .question)
        value = ""
    }

    static func password(of user: String, _ value: String) -> ManagedSecret {
        ManagedSecret(variable: adminVariable, question: "Password of \(user)", value: value)
    }

    static func masterKey(of server: String, _ value: String) -> ManagedSecret {
        ManagedSecret(variable: keyVariable, question: "Saved master key of \(server)", value: value)
    }

    static func passphrase(_ value: String) -> ManagedSecret {
        ManagedSecret(variable: "SKERRY_BACKUP_PASSPHRASE", question: "Passphrase of the backup", value: value)
    }
}

/// What the manager does at one click: commands in their order. When one fails, those before it are taken back, the last
/// one first.
public struct ManagedPlan: Sendable, Hashable, Codable {
    public var title: String
    public var kind: InstanceKind
    /// The name of the instance; empty for what concerns the machine.
    public var instance: String
    public var commands: [ManagedCommand]
    public var secrets: [ManagedSecret]
    /// What people read when it failed and was taken back.
    public var undone = "What was done before the failed command was taken back."
    /// The name of the instance afterwards.
    public var outcome: String
    /// A master key was made, which has to be saved.
    public var makesKey = false
    /// Which command is tried before any is run: those before it only stop something.
    var checked = 0
    /// Nothing else is done meanwhile.
    public var isExclusive = false

    public init(
        _ title: String,
        _ kind: InstanceKind,
        _ instance: String,
        _ commands: [ManagedCommand],
        secrets: [ManagedSecret] = []
    ) {
        self.title = title
        self.kind = kind
        self.instance = instance
        self.commands = commands
        self.secrets = secrets
        outcome = instance
    }
}
