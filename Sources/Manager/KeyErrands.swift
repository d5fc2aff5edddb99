import Instances

/// The master key of a server: another one, or the one that was saved.
extension InstanceErrand {
    func newKey(_ instance: Machine.Instance) -> Errand {
        var errand = errand(
            instance,
            verb: "Make a new master key",
            text:
                "Seals all secrets of this server anew; nothing gets lost. The server is stopped meanwhile. Save the new "
                + "key afterwards; the old one still belongs to older copies of the database."
        ) { _ in
            let rotation = ManagedCommand.named(.server, "rotate-master-key")
            let start = ManagedCommand.named(.server, "service", ["--start"])
            guard instance.isRunning else { return [rotation] }
            return [.named(.server, "service", ["--stop"], undo: [start]), rotation, start]
        }
        let plan = errand.plan
        errand.plan = { answers in
            var made = try await plan(answers)
            made.makesKey = true
            return made
        }
        return errand
    }

    func savedKey(_ instance: Machine.Instance) -> Errand {
        var errand = errand(
            instance,
            verb: "Put it back",
            text:
                "For a server that does not start because its master key is missing, or is another's. The key is tried on the "
                + "database first: one that the database was not sealed with is refused, and nothing is changed.",
            questions: [
                Question(name: "masterKey", label: "The saved master key", kind: .password),
                Question(name: "file", label: "Or a file on this machine with it", hint: "in its first line"),
                .check("start", "Start the server afterwards"),
            ]
        ) { _ in [] }
        let title = errand.title
        errand.plan = { answers in
            let file = try answers.path("file")
            let start = ManagedCommand.named(.server, "service", ["--install", "--start"])
            var plan = ManagedPlan(
                title,
                .server,
                instance.name,
                [
                    // Its service may be trying to start it again and again.
                    .named(.server, "service", ["--stop"], undo: instance.isRunning ? [start] : []),
                    .named(.server, "set-master-key", file.isEmpty ? [] : [.option("--from-file", file)]),
                ],
                secrets: file.isEmpty ? [.masterKey(of: instance.name, answers.text("masterKey"))] : []
            )
            if answers.isOn("start") { plan.commands.append(start) }
            plan.checked = 1
            return plan
        }
        return errand
    }
}
