import ArgumentParser
import Catalog
import Foundation
import Instances

struct ShowMasterKeyCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "show-master-key",
        abstract: "Show the master key of an instance, to be saved in a safe place.",
        discussion: """
            The master key seals the secrets in the instance's database. It is made once, and each instance has its own. \
            Who has a backup of the database and this key can read every secret; who has lost it can read none.

            Example:
              skerry show-master-key --instance production
            """
    )

    @OptionGroup var instance: InstanceOptions
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let registry = context.registry
        let secrets = InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: context.record.slug)
        let key = Data(try secrets.masterKey()).base64EncodedString()
        return CommandResult(
            message: "The master key of the instance \"\(context.record.name)\".",
            text: key,
            instances: [.init(name: context.record.name)],
            data: ["MasterKey": .string(key)]
        )
    }
}
