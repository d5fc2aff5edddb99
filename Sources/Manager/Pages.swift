import Foundation
import Instances
import Mustache

/// Fills the templates.
struct Pages: Sendable {
    let formToken: String

    /// One page, whole.
    ///
    /// - Parameter place: of the instance that it is about.
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
        var frame: [String: Any] = [
            "title": title, "refresh": refresh, "follows": follows,
            "choices": [["place": "/", "label": "All instances", "isChosen": place.isEmpty] as [String: Any]]
                + machine.instances.map {
                    [
                        "place": $0.place, "label": "\($0.name) (\($0.kind.rawValue), \($0.state))",
                        "isChosen": $0.place == place,
                    ]
                },
            "content": Templates.library.render(values, withTemplate: template) ?? "",
        ]
        frame["error"] = error
        return Templates.library.render(frame, withTemplate: "page") ?? ""
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
                "backupProblem": instance.backupProblem, "backup": instance.kind == .server ? "recent" : "",
            ]
        }
        let values: [String: Any] = ["instances": rows, "isEmpty": rows.isEmpty, "problems": machine.problems]
        return page("index", "Instances", values, machine)
    }

    func instance(_ instance: Machine.Instance, _ machine: Machine) -> String {
        let webAddresses = instance.addresses.filter { $0.hasPrefix("http") }
        let actions: [[String: Any]] =
            ManagedPlan.Action.allCases.filter { $0.isOffered(to: instance.kind) }.map {
                ["name": $0.rawValue, "title": $0.title, "place": "\(instance.place)/\($0.rawValue)"]
            } + [["name": "log", "title": "Log", "place": "\(instance.place)/log"]]
            + (instance.kind == .server
                ? [["name": "key", "title": "Master key", "place": "\(instance.place)/key"]] : [])
        return page(
            "instance",
            "\(instance.kind == .server ? "Server" : "Agent") \(instance.name)",
            [
                "state": instance.state, "version": instance.version.isEmpty ? "-" : instance.version,
                "links": webAddresses, "texts": instance.addresses.filter { !webAddresses.contains($0) },
                "service": instance.service.isEmpty ? "none" : instance.service, "account": instance.account,
                "home": instance.home, "configuration": instance.configuration, "problem": instance.problem,
                "backupProblem": instance.backupProblem, "actions": actions,
            ],
            machine,
            place: instance.place
        )
    }

    func action(
        _ action: ManagedPlan.Action,
        _ instance: Machine.Instance,
        _ options: ManagedPlan.Options,
        _ machine: Machine,
        error: String? = nil
    ) -> String {
        page(
            "action",
            "\(action.title) \(instance.name)",
            [
                "isBackup": action == .backup, "isDelete": action == .delete,
                "hasOptions": action == .backup || action == .delete, "directory": options.directory,
                "purges": options.purges, "name": instance.name, "verb": action.title, "back": instance.place,
                "script": ManagedPlan.action(action, instance.kind, instance.name, options).script,
            ],
            machine,
            place: instance.place,
            error: error
        )
    }

    func job(_ job: Jobs.Job, _ machine: Machine) -> String {
        let instance = machine.instances.first { $0.kind == job.plan.kind && $0.name == job.plan.instance }
        let steps: [[String: Any]] = job.steps.enumerated().map { number, step in
            [
                "number": number + 1, "line": step.line,
                "outcome": step.code.map { $0 == 0 ? "Done." : "Failed with exit code \($0)." } ?? "Running…",
                "output": step.output,
            ]
        }
        let text =
            switch job.state {
            case .running: "Running…"
            case .done: "Done."
            case .failed: "Failed. Nothing after the failed command was run."
            case .undone: "Failed. The instance was deleted again; its files are kept."
            }
        let isNewServer = job.state == .done && job.plan.kind == .server && !job.plan.undo.isEmpty
        return page(
            "job",
            job.plan.title,
            [
                "stateText": text, "steps": steps, "isOver": job.state != .running, "script": job.plan.script,
                "back": instance?.place ?? "/", "key": isNewServer ? (instance.map { "\($0.place)/key" } ?? "") : "",
            ],
            machine,
            place: instance?.place ?? "",
            refresh: job.state == .running
        )
    }
}
