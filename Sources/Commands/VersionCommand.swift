import ArgumentParser
import Catalog
import Server

struct VersionCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Show the version of skerry.",
        discussion:
            "The server reports the same version in its API's root document. Example: skerry version --format json"
    )

    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        CommandResult(
            message: "skerry \(SkerryVersion.current)",
            text: SkerryVersion.current,
            data: ["Version": .string(SkerryVersion.current)]
        )
    }
}
