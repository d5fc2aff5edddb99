import Foundation
internal import Yams

/// Scripts in other languages than a shell's, as a shell script that does what their own programs would do.
public enum ExportedScript {
    public struct Unreadable: Error {
        public let what: String
    }

    /// Of a `#cloud-config`: cloud-init makes one script of all entries of `runcmd`.
    public static func shell(fromUserData text: String) throws -> String {
        guard text.hasPrefix("#cloud-config\n") else { throw Unreadable(what: "It does not begin with #cloud-config.") }
        guard let entries = try Yams.compose(yaml: text)?["runcmd"]?.sequence else { throw Unreadable(what: "runcmd") }
        return "#!/bin/sh\n" + entries.compactMap(\.string).map { $0 + "\n" }.joined()
    }

    /// Of a playbook of Ansible. What it asks for comes from the environment, under the name in capitals.
    public static func shell(fromPlaybook text: String) throws -> String {
        guard let play = try Yams.compose(yaml: text)?.sequence?.first, let tasks = play["tasks"]?.sequence else {
            throw Unreadable(what: "There are no tasks.")
        }
        let instance = play["vars"]?["instance"]?.string ?? ""
        return try (["set -eu"] + tasks.map { try line($0, instance) }).joined(separator: "\n") + "\n"
    }

    private static func line(_ task: Node, _ instance: String) throws -> String {
        if let condition = task["ansible.builtin.assert"]?["that"]?.sequence?.first?.string {
            return "test -n \"${\(condition.prefix { $0 != " " }.uppercased()):-}\""
        }
        guard let command = task["ansible.builtin.command"], let words = command["argv"]?.sequence else {
            throw Unreadable(what: "A task is neither a command nor an assertion.")
        }
        var line = command["chdir"]?.string.map { "cd \($0); " } ?? ""
        for (name, value) in task["environment"]?.mapping ?? [:] {
            guard let name = name.string, value.string == "{{ \(name.lowercased()) }}" else {
                throw Unreadable(what: "The environment of a task is not what was asked for.")
            }
            guard task["no_log"]?.bool == true else { throw Unreadable(what: "A secret would be logged.") }
            line += "\(name)=\"$\(name)\" "
        }
        return line + (try words.map { try word($0, instance) }).joined(separator: " ")
    }

    /// As Ansible reads it, for a shell.
    private static func word(_ node: Node, _ instance: String) throws -> String {
        guard let scalar = node.scalar else { throw Unreadable(what: "A word is none.") }
        let text = try evaluated(scalar.string) { $0 == "instance" ? try evaluated(instance) { _ in nil } : nil }
        return "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// Text with expressions of Jinja: literals, and what `value` knows.
    private static func evaluated(_ text: String, _ value: (String) throws -> String?) throws -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: /{[{%#]/) {
            result += rest[..<start.lowerBound]
            guard let match = rest[start.lowerBound...].prefixMatch(of: /{{ (?:'({[{%#])'|([a-z]+)) }}/),
                let found = try match.1.map(String.init) ?? value(match.2.map(String.init) ?? "")
            else { throw Unreadable(what: "Ansible takes this for an expression: \(text)") }
            result += found
            rest = rest[match.range.upperBound...]
        }
        return result + rest
    }
}
