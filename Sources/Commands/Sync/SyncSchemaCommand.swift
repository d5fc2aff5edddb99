import ArgumentParser
import Catalog
import Sync

struct SyncSchemaCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON schema of policy files.",
        discussion: """
            Editors use it to complete and check a policy while it is written. Programs that write policies can use it \
            to test them; it accepts what `skerry sync plan` accepts, except for mistakes that need the servers.

            Example: skerry sync schema > policy.schema.json
              and begin the policy with: # yaml-language-server: $schema=policy.schema.json
            """
    )

    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let schema = PolicySchema().json
        return CommandResult(
            message: "The JSON schema of policy files.",
            text: schema.prettyText(),
            data: ["schema": schema]
        )
    }
}
