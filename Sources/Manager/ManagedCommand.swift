public import Instances

/// One call of a Skerry command, as a value: what runs is what is shown.
public struct ManagedCommand: Sendable, Hashable {
    public enum Argument: Sendable, Hashable, ExpressibleByStringLiteral {
        case text(String)
        /// The name of the instance that the plan is about: a variable in scripts.
        case instance

        public init(stringLiteral value: String) { self = .text(value) }
    }

    public var program: InstanceKind
    public var arguments: [Argument]

    public init(_ program: InstanceKind, _ arguments: [Argument]) {
        self.program = program
        self.arguments = arguments
    }

    /// For the instance of the plan.
    static func named(_ kind: InstanceKind, _ command: String, _ options: [Argument] = []) -> ManagedCommand {
        ManagedCommand(kind, [.text(command), "--instance", .instance] + options)
    }

    /// As a process gets it.
    func arguments(instance: String) -> [String] {
        arguments.map { argument in
            switch argument {
            case .text(let text): text
            case .instance: instance
            }
        }
    }

    /// As a shell gets it.
    var line: String {
        let words = arguments.map { argument in
            switch argument {
            case .text(let text): ShellText.quoted(text)
            case .instance: "\"$INSTANCE\""
            }
        }
        return ([program.program] + words).joined(separator: " ")
    }
}

/// A value that commands take from the environment, so that no script and no list of processes holds it.
public struct ManagedSecret: Sendable, Hashable {
    /// Of the environment.
    public var variable: String
    /// What a person is asked for.
    public var question: String
    public var value: String
}

/// What the manager does at one click: commands in their order, and those that take them back.
public struct ManagedPlan: Sendable, Hashable {
    public var title: String
    public var kind: InstanceKind
    /// The name of the instance.
    public var instance: String
    public var commands: [ManagedCommand]
    /// Run in this order when a command fails after the first one has done its work.
    public var undo: [ManagedCommand]
    public var secrets: [ManagedSecret]

    public init(
        _ title: String,
        _ kind: InstanceKind,
        _ instance: String,
        _ commands: [ManagedCommand],
        undo: [ManagedCommand] = [],
        secrets: [ManagedSecret] = []
    ) {
        self.title = title
        self.kind = kind
        self.instance = instance
        self.commands = commands
        self.undo = undo
        self.secrets = secrets
    }

    /// The same in the shell's language: the name in one place, secrets nowhere.
    public var script: String {
        var lines = [
            "#!/bin/sh", "# \(ShellText.oneLine(title))", "set -eu", "", "INSTANCE=\(ShellText.quoted(instance))", "",
        ]
        for secret in secrets {
            lines += [
                "if [ -z \"${\(secret.variable):-}\" ]; then",
                "  printf '%s: ' \(ShellText.quoted(secret.question)) >&2",
                "  stty -echo 2>/dev/null || true; read -r \(secret.variable); stty echo 2>/dev/null || true; echo >&2",
                "fi", "export \(secret.variable)", "",
            ]
        }
        return (lines + commands.map(\.line)).joined(separator: "\n") + "\n"
    }
}

enum ShellText {
    /// As one word of a POSIX shell, whatever it holds.
    static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:,=@+".utf8.contains(byte)
            }
        }
        if plain, !text.isEmpty { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// For a comment.
    static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
