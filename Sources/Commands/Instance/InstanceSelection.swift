import ArgumentParser
import Instances

/// Which instances a command is for: one, or all.
struct InstanceSelection: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The name of the instance; '*' for all.",
            discussion: "Without it: the instance named in SKERRY_INSTANCE, else the default instance.",
            valueName: "name"
        )
    )
    var instance: String?

    @Flag(help: "All instances of this kind.")
    var all = false

    func validate() throws {
        guard all, let instance, instance != "*" else { return }
        throw ValidationError("--all and --instance \(instance) contradict each other. Give one of them.")
    }

    var isAll: Bool { all || instance == "*" }

    func contexts() throws -> [InstanceContext] {
        guard isAll else { return [try InstanceContext(named: instance)] }
        let registry = try InstanceContext.registry()
        let records = try registry.records()
        guard !records.isEmpty else { throw InstanceError.noInstance }
        return records.map { InstanceContext(registry: registry, record: $0) }
    }

    /// Does the same for every selected instance, one after the other; one that fails does not stop the others.
    ///
    /// - Parameter work: returns one sentence about the instance.
    /// - Throws: the failure, when a single instance was meant.
    func each(
        _ done: String,
        _ work: (InstanceContext) async throws -> String
    ) async throws -> CommandResult {
        let contexts = try contexts()
        var outcomes: [CommandResult.InstanceOutcome] = []
        for context in contexts {
            do {
                outcomes.append(.init(name: context.record.name, message: try await work(context)))
            } catch let problem where contexts.count > 1 {
                outcomes.append(.init(name: context.record.name, ok: false, message: "\(problem)"))
            }
        }
        let failed = outcomes.count { !$0.ok }
        let exit: SkerryExit = failed == 0 ? .ok : failed == outcomes.count ? .failed : .partialSuccess
        return CommandResult(
            code: exit.rawValue,
            message: failed == 0 ? done : "\(failed) of \(outcomes.count) instances failed.",
            text: outcomes.map { "\($0.name): \($0.ok ? $0.message : Console.painted($0.message, .red))" }
                .joined(separator: "\n"),
            instances: outcomes
        )
    }
}
