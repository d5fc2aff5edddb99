/// A plan in the shell's language.
enum ShellScript {
    static func text(_ plan: ManagedPlan) -> String {
        var lines = ["#!/bin/sh", "# \(ShellText.oneLine(plan.title))", "set -eu", ""]
        if plan.namesInstance { lines += [instance(plan), ""] }
        for secret in plan.secrets { lines += [asking(for: secret), "export \(secret.variable)", ""] }
        return (lines + plan.commands.map(\.line)).joined(separator: "\n") + "\n"
    }

    /// The variable with the instance's name.
    static func instance(_ plan: ManagedPlan) -> String { "INSTANCE=\(ShellText.quoted(plan.instance))" }

    private static func asking(for secret: ManagedSecret) -> String {
        """
        if [ -z "${\(secret.variable):-}" ]; then
          printf '%s: ' \(ShellText.quoted(secret.question)) >&2
          stty -echo 2>/dev/null || true; read -r \(secret.variable); stty echo 2>/dev/null || true; echo >&2
        fi
        """
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
