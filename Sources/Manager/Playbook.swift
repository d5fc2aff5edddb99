import Instances
internal import Yams

/// A plan as a playbook of Ansible.
enum Playbook {
    static func text(_ plan: ManagedPlan) -> String {
        let head = [
            "# \(ShellText.oneLine(plan.title))",
            "# ansible-playbook -i HOST, --become skerry-manager-playbook.yaml",
        ]
        var play: [(String, Node)] = [
            ("name", plain(plan.title)), ("hosts", Node("all")), ("gather_facts", Node("false")),
        ]
        if plan.namesInstance { play.append(("vars", YAMLText.mapping([("instance", asTyped(plan.instance))]))) }
        if !plan.secrets.isEmpty { play.append(("vars_prompt", Node(plan.secrets.map(prompt)))) }
        let tasks = plan.secrets.map(refusal) + plan.commands.map { task($0, plan) }
        play.append(("tasks", Node(tasks)))
        return head.joined(separator: "\n") + "\n" + YAMLText.text(Node([YAMLText.mapping(play)]))
    }

    // MARK: - Tasks

    private static func task(_ command: ManagedCommand, _ plan: ManagedPlan) -> Node {
        let words = [YAMLText.quoted(command.program.program)] + command.arguments.map(argument)
        var task: [(String, Node)] = [
            ("name", plain("\(command.program.program) \(command.name)")),
            ("ansible.builtin.command", YAMLText.mapping([("argv", Node(words)), ("chdir", Node("/"))])),
        ]
        let secrets = plan.secrets.filter { $0.readers.contains(command.name) }
        if !secrets.isEmpty {
            let environment = secrets.map { ($0.variable, YAMLText.quoted("{{ \(variable($0)) }}")) }
            task.append(("environment", YAMLText.mapping(environment)))
        }
        if !secrets.isEmpty || command.printsSecret { task.append(("no_log", Node("true"))) }
        return YAMLText.mapping(task)
    }

    private static func argument(_ argument: ManagedCommand.Argument) -> Node {
        switch argument {
        case .text(let text): asTyped(text)
        case .option(let name, let value): asTyped("\(name)=\(value)")
        case .instance(let name): YAMLText.quoted("\(name)={{ instance }}")
        }
    }

    // MARK: - Secrets

    private static func variable(_ secret: ManagedSecret) -> String { secret.variable.lowercased() }

    /// Asked for at the start of the play, unless it is given by `--extra-vars`, from a vault for example.
    private static func prompt(_ secret: ManagedSecret) -> Node {
        YAMLText.mapping([
            ("name", Node(variable(secret))), ("prompt", plain(secret.question)), ("private", Node("true")),
            ("unsafe", Node("true")),
        ])
    }

    /// Where nobody can be asked.
    private static func refusal(_ secret: ManagedSecret) -> Node {
        let message = "Nothing was done: give \(variable(secret)), at the prompt or by --extra-vars."
        return YAMLText.mapping([
            ("name", plain("Is there: \(secret.question)")),
            (
                "ansible.builtin.assert",
                YAMLText.mapping([
                    ("that", Node([YAMLText.quoted("\(variable(secret)) | default('', true) | length > 0")])),
                    ("fail_msg", YAMLText.quoted(message)), ("quiet", Node("true")),
                ])
            ),
        ])
    }

    // MARK: - Texts

    /// Ansible reads text between braces as an expression; what people typed is none.
    private static func asTyped(_ text: String) -> Node {
        YAMLText.quoted(text.replacing(/{[{%#]/) { "{{ '\($0.output)' }}" })
    }

    /// For people who watch: titles of plays and tasks.
    private static func plain(_ text: String) -> Node {
        YAMLText.quoted(String(ShellText.oneLine(text).map { $0 == "{" ? "(" : $0 == "}" ? ")" : $0 }))
    }
}
