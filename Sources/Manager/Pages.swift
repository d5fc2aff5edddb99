import Foundation
import Instances
import Mustache

/// Fills the templates.
struct Pages: Sendable {
    let formToken: String

    /// One page, whole.
    ///
    /// - Parameter place: of the instance that it is about, or of the page itself where the menu names it.
    func page(
        _ template: String,
        _ title: String,
        _ values: [String: Any],
        _ machine: Machine,
        place: String = "",
        error: String? = nil,
        refresh: Bool = false,
        follows: Bool = false
    ) -> String {
        var values = Self.present(values)
        values["form"] = formToken
        let isInstance = machine.instances.contains { $0.place == place } || place == "/new"
        var frame: [String: Any] = [
            "title": title, "refresh": refresh, "follows": follows,
            "choices": [["place": "/", "label": "All instances", "isChosen": !isInstance] as [String: Any]]
                + machine.instances.map {
                    [
                        "place": $0.place, "label": "\($0.name) (\($0.kind.rawValue), \($0.state))",
                        "isChosen": $0.place == place,
                    ]
                },
            "isNewChosen": place == "/new",
            "menu": Self.menu.map {
                ["place": $0.place, "title": $0.title, "isHere": $0.place == place] as [String: Any]
            },
            "content": Templates.library.render(values, withTemplate: template) ?? "",
        ]
        frame["error"] = error
        frame["notice"] = Self.notice(machine)
        return Templates.library.render(frame, withTemplate: "page") ?? ""
    }

    private static let menu: [(title: String, place: String)] = [
        ("Instances", "/"), ("Upgrade", "/machine/upgrade"), ("Back up", "/machine/backup-all"),
        ("Backups every day", "/machine/schedule"), ("Restore", "/machine/restore"), ("Doctor", "/doctor"),
        ("Work", "/jobs"),
    ]

    /// An upgrade leaves the manager that is open as it is.
    private static func notice(_ machine: Machine) -> String? {
        guard !machine.version.isEmpty, !machine.managerVersion.isEmpty, machine.version != machine.managerVersion
        else { return nil }
        return
            "These pages are of version \(machine.managerVersion), the programs in use are of \(machine.version). They go "
            + "on working with those; for new pages stop “skerry manager” and start it again."
    }

    /// Without texts that are empty: to a template they are there.
    private static func present(_ values: [String: Any]) -> [String: Any] {
        values.compactMapValues { value in
            switch value {
            case let text as String: text.isEmpty ? nil : text
            case let rows as [[String: Any]]: rows.map(present)
            default: value
            }
        }
    }

    func index(_ machine: Machine) -> String {
        let rows: [[String: Any]] = machine.instances.map { instance in
            [
                "place": instance.place, "name": instance.name, "isDefault": instance.isDefault,
                "kind": instance.kind.rawValue, "state": instance.state, "version": instance.version,
                "addresses": instance.addresses.joined(separator: ", "), "account": instance.account,
                "backupProblem": instance.backupProblem,
            ]
        }
        let unsaved = machine.unsaved.map { ["name": $0.name, "place": $0.place] as [String: Any] }
        let values: [String: Any] = [
            "instances": rows, "isEmpty": rows.isEmpty, "problems": machine.problems, "unsaved": unsaved,
            "hasUnsaved": !unsaved.isEmpty,
        ]
        return page("index", "Instances", values, machine, place: "/")
    }

    func instance(_ instance: Machine.Instance, _ machine: Machine) -> String {
        let webAddresses = instance.addresses.filter { $0.hasPrefix("http") && instance.kind == .server }
        let groups: [[String: Any]] = InstanceErrand.groups.map { title, errands in
            var actions: [[String: Any]] = errands.filter { $0.isOffered(to: instance) }.map {
                ["name": $0.rawValue, "title": $0.title, "place": "\(instance.place)/\($0.rawValue)"]
            }
            if title == "Run" { actions.append(["name": "log", "title": "Log", "place": "\(instance.place)/log"]) }
            if title == "Keep", instance.kind == .server {
                actions.append(["name": "key", "title": "Master key", "place": "\(instance.place)/key"])
            }
            return ["title": title, "actions": actions, "isEmpty": actions.isEmpty]
        }
        return page(
            "instance",
            "\(instance.kind == .server ? "Server" : "Agent") \(instance.name)",
            [
                "state": instance.state, "version": instance.version.isEmpty ? "-" : instance.version,
                "links": webAddresses, "texts": instance.addresses.filter { !webAddresses.contains($0) },
                "service": instance.service.isEmpty ? "none" : instance.service, "account": instance.account,
                "home": instance.home, "configuration": instance.configuration, "problem": instance.problem,
                "backupProblem": instance.backupProblem,
                "backupPlace": InstanceErrand.backup.isOffered(to: instance) ? "\(instance.place)/backup" : "",
                "thumbprint": instance.thumbprint, "trusted": instance.trusted.joined(separator: ", "),
                "isDefault": instance.isDefault, "groups": groups,
            ],
            machine,
            place: instance.place
        )
    }

    /// - Parameters:
    ///   - script: of what is filled in; nil when it is not complete.
    ///   - form: the language of the script.
    ///   - check: what a look at what is in the way said.
    func errand(
        _ errand: Errand,
        _ script: String?,
        _ machine: Machine,
        _ instance: Machine.Instance? = nil,
        form: ScriptForm = .shell,
        check: (isFine: Bool, text: String)? = nil,
        error: String? = nil
    ) -> String {
        page(
            "errand",
            errand.title,
            [
                "text": errand.text, "warning": errand.warning, "verb": errand.verb,
                "isDangerous": !errand.mustRepeat.isEmpty,
                "hasFacts": !errand.facts.isEmpty,
                "facts": errand.facts.map { ["name": $0.name, "value": $0.value] as [String: Any] },
                "links": errand.links.map { ["title": $0.title, "place": $0.place] as [String: Any] },
                "questions": errand.questions.map(Self.field), "forms": Self.rows(form),
                "back": instance?.place ?? "/", "script": script ?? "", "checked": check != nil,
                "checkFails": check?.isFine == false, "check": check?.text ?? "",
            ],
            machine,
            place: instance?.place ?? "/machine/\(errand.name)",
            error: error
        )
    }

    static func field(_ question: Question) -> [String: Any] {
        var field: [String: Any] = [
            "id": question.name, "label": question.label, "hint": question.hint, "value": question.value,
            "isRequired": question.isRequired, "hasFocus": question.hasFocus,
        ]
        switch question.kind {
        case .text: field["isText"] = true
        case .password: field["isPassword"] = true
        case .lines: field["isLines"] = true
        case .check:
            field["isCheck"] = true
            field["isOn"] = question.value == "yes"
        case .choice(let choices):
            // Words are a list; sentences stay beside each other.
            field[choices.allSatisfy { $0.value == $0.label } ? "isSelect" : "isChoice"] = true
            field["choices"] = choices.enumerated().map { number, choice in
                [
                    "group": question.name, "choice": choice.value.isEmpty ? " " : choice.value, "text": choice.label,
                    "isChosen": choice.value == question.value,
                ] as [String: Any]
            }
        }
        return field
    }

    /// The languages of scripts, as links of a page that shows one.
    static func scriptForms(_ form: ScriptForm, at place: String) -> [String: Any] {
        ["as": form.rawValue, "languages": rows(form, at: place), "hasLanguages": true]
    }

    private static func rows(_ form: ScriptForm, at place: String = "") -> [[String: Any]] {
        ScriptForm.allCases.map {
            [
                "as": $0.rawValue, "language": $0.label, "isChosen": $0 == form,
                "link": "\(place)?as=\($0.rawValue)",
            ]
        }
    }

    func doctor(_ findings: [ManagerCore.Finding], problems: [String], _ machine: Machine) -> String {
        let rows: [[String: Any]] = findings.map {
            [
                "fault": $0.fault, "isError": $0.isError, "instance": $0.instance, "message": $0.message,
                "advice": $0.advice,
            ]
        }
        return page(
            "doctor",
            "Doctor",
            ["findings": rows, "isHealthy": rows.isEmpty && problems.isEmpty, "problems": problems],
            machine,
            place: "/doctor"
        )
    }

    func message(_ title: String, _ text: String, _ machine: Machine) -> String {
        page("message", title, ["text": text], machine)
    }
}

// MARK: - Work

extension Pages {
    func jobs(_ jobs: [Jobs.Job], _ machine: Machine) -> String {
        let rows: [[String: Any]] = jobs.map { job in
            [
                "place": "/jobs/\(job.record.id)", "title": job.record.plan.title,
                "begun": job.record.begun.formatted(.iso8601), "state": job.word,
            ]
        }
        return page("jobs", "Work", ["jobs": rows, "isEmpty": rows.isEmpty], machine, place: "/jobs")
    }

    func job(_ job: Jobs.Job, _ form: ScriptForm, _ machine: Machine) -> String {
        let plan = job.record.plan
        let instance = machine.instances.first { $0.kind == plan.kind && $0.name == plan.outcome }
        let steps: [[String: Any]] = job.record.steps.enumerated().map { number, step in
            [
                "number": number + 1, "line": step.line,
                "outcome": step.code.map { $0 == 0 ? "Done." : "Failed with exit code \($0)." }
                    ?? (job.state == .running ? "Running…" : "It is not known how it ended."),
                "output": number < job.outputs.count ? job.outputs[number] : "",
            ]
        }
        let needsKey = job.state == .done && plan.makesKey
        let place = "/jobs/\(job.record.id)"
        return page(
            "job",
            plan.title,
            [
                "stateText": job.sentence, "steps": steps, "isOver": job.state != .running,
                "script": plan.script(form), "saved": "\(place)/script?as=\(form.rawValue)", "problem": job.problem,
                "back": instance?.place ?? "/",
                "key": needsKey ? (instance.map { "\($0.place)/key" } ?? "") : "",
            ].merging(Self.scriptForms(form, at: place)) { $1 },
            machine,
            place: instance?.place ?? "/jobs",
            refresh: job.state == .running
        )
    }
}
