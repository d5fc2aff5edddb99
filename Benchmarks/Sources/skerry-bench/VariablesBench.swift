import ArgumentParser
import Catalog
import Sync

/// Matching one large variable set, by the function that the planner calls for each set.
struct VariablesBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "variables",
        abstract: "Match a variable set with many values: new, met for the first time, in step."
    )

    /// Sets of one name are the worst ones: what tells the values apart is their text and scope alone.
    enum Shape: String, CaseIterable, ExpressibleByArgument { case names, oneName, oneNameAndValue }

    @Option(help: "How many values.")
    var values = 10_000

    @Option(help: "Five values to a name, one name with different values, or one name and value in different scopes.")
    var shape = Shape.names

    func run() throws {
        let source = values("Variables")
        let destination = values("Values")
        let mapping = ScopeMapping([
            .environments: Dictionary(uniqueKeysWithValues: Self.environments.map { ($0, .names([$0])) })
        ])
        func input(_ rows: [VariableValue], _ base: VariableBase) -> VariableSetInput {
            VariableSetInput(source: source, destination: rows, base: base, mapping: mapping)
        }
        _ = measure("nothing at the destination", input([], VariableBase()))
        let met = measure("the same on both sides, met for the first time", input(destination, VariableBase()))
        let again = measure("in step, remembered", input(destination, met.nextBase))
        guard again.operations.isEmpty else {
            throw ValidationError("values in step gave \(again.operations.count) operations")
        }
        var changed = source
        for index in stride(from: 0, to: changed.count, by: 100) { changed[index].value = "changed" }
        _ = measure(
            "one in a hundred changed",
            VariableSetInput(source: changed, destination: destination, base: met.nextBase, mapping: mapping)
        )
    }

    private static let environments = ["Development", "Test", "Staging", "Production"]

    private func values(_ prefix: String) -> [VariableValue] {
        (0..<values).map { index in
            switch shape {
            case .names: Self.oneOfFive(prefix, index)
            case .oneName, .oneNameAndValue:
                VariableValue(
                    id: "\(prefix)-\(index)",
                    name: "Variable",
                    value: .string(shape == .oneName ? "value #{Variable.Number\(index / 2)} \(index)" : "same"),
                    scope: [.roles: ["role\(index)"]]
                )
            }
        }
    }

    /// Five values for each name: one for each environment and one for all.
    private static func oneOfFive(_ prefix: String, _ index: Int) -> VariableValue {
        let place = index % 5
        return VariableValue(
            id: "\(prefix)-\(index)",
            name: "Company.Product\(index / 5 % 40).Setting\(index / 5)",
            value: .string("https://host\(index).example.com/path/\(index * 7919)"),
            scope: place == 4 ? .unrestricted : [.environments: [environments[place]]]
        )
    }

    private func measure(_ name: String, _ input: VariableSetInput) -> VariableSetOutcome {
        var best: Cost?
        var outcome = VariableSetOutcome?.none
        for _ in 0..<7 {
            let (result, cost) = Cost.of { matchVariables(input) }
            outcome = result
            if best.map({ cost.cpu < $0.cpu }) ?? true { best = cost }
        }
        guard let outcome, let best else { preconditionFailure("measured at least once") }
        print(
            "\(input.source.count) values, \(name): \(outcome.operations.count) operations, \(best.text), "
                + "at most \(Memory.peak) MB so far"
        )
        return outcome
    }
}
