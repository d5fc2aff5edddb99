import ArgumentParser

/// The measured parts; `Benchmarks/run` puts them together.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skerry-bench",
        abstract: "What Skerry's figures are measured with.",
        subcommands: [
            JSONBench.self, BareServer.self, SeedServer.self, PlanBench.self, ReplayBench.self, VariablesBench.self,
        ]
    )
}
