import ArgumentParser
import Foundation
import Instances

struct UpdateTrustCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "update-trust",
        abstract: "Trust a server's new certificate instead of its old one.",
        discussion: """
            Example:
              skerry-agent update-trust --oldThumbprint 0F2A… --newThumbprint 77B1…
            """
    )

    @OptionGroup var instance: InstanceOptions

    @Option(name: .customLong("oldThumbprint"), help: ArgumentHelp("Of the old certificate.", valueName: "thumbprint"))
    var old: String

    @Option(name: .customLong("newThumbprint"), help: ArgumentHelp("Of the new one.", valueName: "thumbprint"))
    var new: String

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let old = try ThumbprintOption.thumbprint(old, "--oldThumbprint")
        let new = try ThumbprintOption.thumbprint(new, "--newThumbprint")
        let context = try InstanceContext(instance)
        let trusted = try context.registry.agentConfiguration(of: context.record).trustedServers
        var changes = AgentChanges()
        if let known = trusted.first(where: { $0.thumbprint == old }) {
            changes.trust.removed = [old]
            changes.trust.added = [.init(thumbprint: new, address: known.address)]
        } else if !trusted.contains(where: { $0.thumbprint == new }) {
            // (Run again after it was done, it finds the new one.)
            throw CommandFailure(
                .failed,
                "The agent \"\(context.record.name)\" does not trust \(old.text). See "
                    + "skerry-agent show-configuration; to add a server: skerry-agent configure --trust."
            )
        }
        return try context.configureAgent(changes, isDryRun: dryRun.isOn)
    }
}

struct ClearTrustedServersCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear-trusted-servers",
        abstract: "Trust no server any more, but those that are named.",
        discussion: """
            Examples:
              skerry-agent clear-trusted-servers
              skerry-agent clear-trusted-servers --keep 0F2A…,77B1…
            """
    )

    @OptionGroup var instance: InstanceOptions

    @Option(help: ArgumentHelp("Thumbprints or addresses of servers to keep, with commas between.", valueName: "list"))
    var keep: String?

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let trusted = try context.registry.agentConfiguration(of: context.record).trustedServers
        let wanted = (keep ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let kept = trusted.filter { server in
            wanted.contains { Thumbprint($0) == server.thumbprint || $0 == server.address }
        }
        var changes = AgentChanges()
        changes.trust.isReset = true
        changes.trust.added = kept
        return try context.configureAgent(changes, isDryRun: dryRun.isOn)
    }
}
