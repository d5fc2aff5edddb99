import Foundation
import Instances

/// Backups, copies and names of an instance.
extension InstanceErrand {
    func backup(_ instance: Machine.Instance) -> Errand {
        Errand(
            name: rawValue,
            title: "\(title) \(instance.name)",
            verb: title,
            text:
                "The instance goes on running. The backup is restored into a scratch place and compared: only then it "
                + "counts as verified.",
            facts: instance.backupProblem.isEmpty ? [] : [("Now", instance.backupProblem)],
            questions: [
                Question(
                    name: "directory",
                    label: "Directory for the backup",
                    value: instance.backupDirectory,
                    isRequired: true
                ),
                Question(name: "passphrase", label: "Passphrase for the keys in it", kind: .password, isRequired: true),
                Question(name: "keep", label: "How many backups to keep in the directory", hint: "empty: all"),
            ],
            plan: { answers in
                let directory = try answers.requiredPath("directory", "the directory")
                var options: [ManagedCommand.Argument] = [.option("--to", directory)]
                if !answers.text("keep").isEmpty { options += [.option("--keep", answers.text("keep"))] }
                return ManagedPlan(
                    "Back up: \(instance.kind.rawValue) \(instance.name)",
                    instance.kind,
                    instance.name,
                    [.named(instance.kind, "backup", options)],
                    secrets: [.passphrase(answers.text("passphrase"))]
                )
            }
        )
    }

    func clone(_ instance: Machine.Instance) -> Errand {
        let kind = instance.kind
        return Errand(
            name: rawValue,
            title: "\(title) \(instance.name)",
            verb: title,
            text:
                "Makes a second instance with the data and settings of this one, which goes on running. The clone has a "
                + "name, home, port, key and identity of its own; API keys and sessions of the first are not valid in it.",
            questions: [
                Question(name: "name", label: "Name of the clone", isRequired: true),
                Question(name: "home", label: "Home directory", hint: "empty: the standard place"),
                .check("start", "Start it afterwards"),
            ],
            plan: { answers in
                let name = try answers.required("name", "the name of the clone")
                let home = try answers.path("home")
                var options: [ManagedCommand.Argument] = [
                    "clone-instance", .option("--from", instance.name), .instance("--instance"),
                ]
                if !home.isEmpty { options += [.option("--home", home)] }
                let undo = ManagedCommand.named(kind, "delete-instance", ["--purge-new"])
                var plan = ManagedPlan(
                    "Clone: \(kind.rawValue) \(instance.name) as \(name)",
                    kind,
                    name,
                    [ManagedCommand(kind, options, undo: [undo])]
                )
                if answers.isOn("start") { plan.commands.append(.named(kind, "service", ["--install", "--start"])) }
                plan.undone = "The clone was deleted again. Files that were there before it are kept."
                plan.makesKey = kind == .server
                return plan
            }
        )
    }

    func rename(_ instance: Machine.Instance, _ machine: Machine) -> Errand {
        let kind = instance.kind
        let others = machine.instances.filter { $0.kind == kind && $0.slug != instance.slug }
        return Errand(
            name: rawValue,
            title: "\(title) \(instance.name)",
            verb: title,
            text: "Configuration, keys and logs move to directories of the new name; the home stays where it is. The "
                + "instance is stopped meanwhile, and its service made anew; run the same again if it gets interrupted.",
            questions: [Question(name: "name", label: "New name", isRequired: true)],
            plan: { answers in
                let name = try answers.required("name", "the new name")
                try Self.refuse(name, takenBy: others)
                var plan = ManagedPlan(
                    "Rename: \(kind.rawValue) \(instance.name) to \(name)",
                    kind,
                    instance.name,
                    [.named(kind, "rename-instance", [.option("--new-name", name)])]
                )
                plan.outcome = name
                return plan
            }
        )
    }

    /// Before anything is stopped for it.
    private static func refuse(_ name: String, takenBy others: [Machine.Instance]) throws(Refusal) {
        do throws(InstanceError) {
            let slug = try InstanceName(name).slug
            guard let other = others.first(where: { $0.slug == slug }) else { return }
            throw .nameTaken(name, by: other.name)
        } catch {
            throw Refusal("Nothing was done: \(error)")
        }
    }
}
