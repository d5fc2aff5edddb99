internal import Yams

/// A plan as user data of a machine that is about to be made.
///
/// cloud-init makes one shell script of all entries of `runcmd`
/// (https://cloudinit.readthedocs.io/en/latest/reference/modules.html#runcmd), so a variable of one is known to the next,
/// and the first that fails ends it. User data can be read by programs of the machine and by its host: a secret has to
/// come another way.
enum CloudConfig {
    /// Holds a file for each secret, named after its variable.
    private static let secretsDirectory = "/root/skerry-secrets"

    static func text(_ plan: ManagedPlan) -> String {
        var head = [
            "#cloud-config", "# \(ShellText.oneLine(plan.title))",
            "# User data of a machine on which Skerry's package is installed (by its image, or by `packages:` here).",
        ]
        head += plan.secrets.map { secret in
            "# \(ShellText.oneLine(secret.question)): the first line of \(secretsDirectory)/\(secret.variable) on that machine."
        }
        if plan.commands.contains(where: \.printsSecret) {
            head.append(
                "# The API key that is made here is in no log. Make another when you need one: skerry admin --username NAME"
            )
        }
        let node = YAMLText.mapping([("runcmd", Node(entries(plan).map(YAMLText.command)))])
        return head.joined(separator: "\n") + "\n" + YAMLText.text(node)
    }

    private static func entries(_ plan: ManagedPlan) -> [String] {
        var entries = ["set -eu"]
        if plan.namesInstance { entries.append(ShellScript.instance(plan)) }
        if !plan.secrets.isEmpty { entries.append("SECRETS=\(secretsDirectory)") }
        entries += plan.secrets.map(reading)
        // cloud-init keeps what is printed in a log that others may read.
        return entries + plan.commands.map { $0.printsSecret ? "\($0.line) >/dev/null" : $0.line }
    }

    /// Before anything is done.
    private static func reading(_ secret: ManagedSecret) -> String {
        let name = secret.variable
        let refusal = "Nothing was done. Missing: \(secret.question), as the first line of"
        return """
            if [ -z "${\(name):-}" ] && [ -r "$SECRETS/\(name)" ]; then
              \(name)=$(head -n 1 "$SECRETS/\(name)")
            fi
            if [ -z "${\(name):-}" ]; then
              printf '%s\\n' \(ShellText.quoted(refusal))" $SECRETS/\(name)." >&2
              echo "Then run this again: sh /var/lib/cloud/instance/scripts/runcmd" >&2
              exit 1
            fi
            export \(name)

            """
    }
}

/// YAML, with its quotes where they belong.
enum YAMLText {
    static func mapping(_ entries: [(String, Node)]) -> Node { Node(entries.map { (Node($0.0), $0.1) }) }

    /// Text of people: never a number, a truth value or a date.
    static func quoted(_ text: String) -> Node { Node(text, .implicit, .singleQuoted) }

    /// A line of a shell, or several.
    static func command(_ text: String) -> Node { Node(text, .implicit, text.contains("\n") ? .literal : .any) }

    static func text(_ node: Node) -> String {
        // Only a tree with a loop in it cannot be written.
        (try? Yams.serialize(node: node, indent: 2, width: -1, allowUnicode: true)) ?? ""
    }
}
