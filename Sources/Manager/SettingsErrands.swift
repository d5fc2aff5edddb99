import Catalog
import Instances

/// One setting of `configure`, as a field.
struct SettingQuestion: Sendable {
    /// With its dashes.
    var flag: String
    var question: Question

    init(_ flag: String, _ label: String, _ value: JSON?, hint: String = "", kind: Question.Kind = .text) {
        self.flag = flag
        let text: String =
            switch value {
            case .string(let text)?: text
            case .bool(let isOn)?: isOn ? "true" : "false"
            case .int(let number)?: "\(number)"
            case .array(let rows)?: rows.compactMap(\.stringValue).joined(separator: ",")
            default: ""
            }
        question = Question(name: String(flag.dropFirst(2)), label: label, hint: hint, kind: kind, value: text)
    }

    static func decision(_ flag: String, _ label: String, _ value: JSON?, yes: String, no: String) -> SettingQuestion {
        SettingQuestion(flag, label, value ?? false, kind: .choice([("false", no), ("true", yes)]))
    }
}

extension InstanceErrand {
    func settings(_ instance: Machine.Instance, _ now: JSON) -> Errand {
        configure(
            instance,
            text:
                "All settings are checked together, and against all other instances and the ports that programs listen "
                + "on now, before anything is written.",
            instance.kind == .server ? Self.serverSettings(now) : Self.agentSettings(now)
        )
    }

    func serverCertificate(_ instance: Machine.Instance, _ now: JSON) -> Errand {
        configure(
            instance,
            text:
                "For addresses that begin with https://. Both files are PEM; the account of the instance must be able to "
                + "read them. Give the address in the same step when it changes to https.",
            [
                SettingQuestion(
                    "--tlsCertificate",
                    "Certificate with its chain",
                    now["tlsCertificate"],
                    hint: "a path"
                ),
                SettingQuestion("--tlsPrivateKey", "Private key", now["tlsPrivateKey"], hint: "a path"),
                SettingQuestion("--webListenPrefixes", "Addresses", now["webListenPrefixes"], hint: "commas between"),
            ]
        )
    }

    private static func level(_ now: JSON) -> SettingQuestion {
        let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
        return SettingQuestion(
            "--logLevel",
            "How much is logged",
            now["logLevel"],
            kind: .choice(levels.map { ($0, $0) })
        )
    }

    private static func serverSettings(_ now: JSON) -> [SettingQuestion] {
        [
            SettingQuestion("--webListenPrefixes", "Addresses", now["webListenPrefixes"], hint: "commas between"),
            .decision(
                "--allowPlainHTTP",
                "Plain HTTP on addresses that other machines can reach",
                now["allowPlainHTTP"],
                yes: "Permitted: passwords cross the network in the open, or a proxy does HTTPS",
                no: "Refused"
            ),
            SettingQuestion("--home", "Home", now["home"], hint: "data that is there is not moved"),
            SettingQuestion("--database", "Database file", now["database"], hint: "data that is there is not moved"),
            SettingQuestion(
                "--firstId",
                "Number of the first document of each kind",
                now["firstId"],
                hint: "before any exists"
            ),
            SettingQuestion(
                "--maxBodyBytes",
                "Largest request, in bytes",
                now["maxBodyBytes"],
                hint: "empty: the standard"
            ),
            SettingQuestion(
                "--maxJsonDepth",
                "Depth of a request's JSON",
                now["maxJsonDepth"],
                hint: "empty: the standard"
            ),
            SettingQuestion(
                "--maxConnections",
                "Connections at a time",
                now["maxConnections"],
                hint: "empty: the standard"
            ),
            level(now),
        ]
    }

    private static func agentSettings(_ now: JSON) -> [SettingQuestion] {
        [
            SettingQuestion("--port", "Port", now["port"]),
            SettingQuestion(
                "--listenIpAddress",
                "Address to listen on",
                now["listenIpAddress"],
                hint: "of this machine, or any"
            ),
            .decision(
                "--noListen",
                "Connections",
                now["noListen"],
                yes: "None are taken",
                no: "Servers connect to the port"
            ),
            SettingQuestion("--home", "Home", now["home"], hint: "data that is there is not moved"),
            SettingQuestion("--app", "Directory for applications", now["applicationDirectory"]), level(now),
        ]
    }

    private func configure(_ instance: Machine.Instance, text: String, _ settings: [SettingQuestion]) -> Errand {
        errand(instance, verb: "Change", text: text, questions: settings.map(\.question) + restart(instance)) {
            answers in
            let changed = settings.filter { setting in
                let answer = answers.text(setting.question.name)
                return answer != setting.question.value && !answer.isEmpty
            }
            guard !changed.isEmpty else { throw Refusal("Nothing was done: no setting is another than before.") }
            return changing(
                instance,
                to: changed.map { .option($0.flag, answers.text($0.question.name)) },
                back: changed.filter { !$0.question.value.isEmpty }
                    .map { .option($0.flag, $0.question.value) },
                restarts: answers.isOn("restart")
            )
        }
    }

    private func restart(_ instance: Machine.Instance) -> [Question] {
        instance.isRunning
            ? [.check("restart", "Restart it afterwards; until then it has its old settings")] : []
    }

    /// `configure`, and a restart; when that fails, the settings are as before.
    private func changing(
        _ instance: Machine.Instance,
        to options: [ManagedCommand.Argument],
        back: [ManagedCommand.Argument],
        restarts: Bool
    ) -> [ManagedCommand] {
        let kind = instance.kind
        guard restarts else { return [.named(kind, "configure", options)] }
        let restart = ManagedCommand.named(kind, "service", ["--restart"])
        let undo = back.isEmpty ? [] : [ManagedCommand.named(kind, "configure", back), restart]
        return [.named(kind, "configure", options, undo: undo), restart]
    }

    func trust(_ instance: Machine.Instance, _ now: JSON) -> Errand {
        let before = instance.trusted
        return errand(
            instance,
            verb: "Change",
            text:
                "The agent takes work from servers whose certificate has one of these thumbprints, and from nobody else.",
            questions: [
                Question(
                    name: "trust",
                    label: "Thumbprints of the servers",
                    hint: "with spaces or ends of lines between",
                    kind: .lines,
                    value: before.joined(separator: "\n")
                )
            ] + restart(instance)
        ) { answers in
            let after = answers.words("trust")
            guard after != before else { throw Refusal("Nothing was done: the same servers are trusted already.") }
            func options(_ thumbprints: [String]) -> [ManagedCommand.Argument] {
                ["--reset-trust"] + thumbprints.map { .option("--trust", $0) }
            }
            return changing(
                instance,
                to: options(after),
                back: options(before),
                restarts: answers.isOn("restart")
            )
        }
    }

    func identity(_ instance: Machine.Instance) -> Errand {
        var errand = errand(
            instance,
            verb: "Change",
            text:
                "Servers know this agent by the thumbprint of its certificate: each of them has to learn a new one. The "
                + "identity before is kept beside it.",
            questions: [
                Question(
                    name: "source",
                    label: "The new identity",
                    kind: .choice([("new", "Make a new key and certificate"), ("file", "Take them from a file")]),
                    value: "new"
                ),
                Question(name: "file", label: "PEM file with both", hint: "for the second choice; without a password"),
            ] + restart(instance)
        ) { answers in
            var commands: [ManagedCommand]
            if answers.text("source") == "file" {
                let file = try answers.requiredPath("file", "the file")
                commands = [.named(.agent, "import-certificate", [.option("--from-file", file)])]
            } else {
                commands = [.named(.agent, "new-certificate")]
            }
            if answers.isOn("restart") { commands.append(.named(.agent, "service", ["--restart"])) }
            return commands
        }
        errand.facts = [("Thumbprint", instance.thumbprint), ("Valid until", instance.certificateExpires)]
        return errand
    }
}
