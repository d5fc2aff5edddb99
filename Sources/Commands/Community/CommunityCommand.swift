import APIClient
import ArgumentParser
import Catalog

/// `skerry community`: the server's catalogue of community step templates.
struct CommunityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "community",
        abstract: "Fill a server's catalogue of community step templates.",
        discussion: """
            A server installs community step templates from its catalogue, and needs no internet: the catalogue is what \
            was loaded from files. They come from the public library (github.com/OctopusDeploy/Library, folder \
            step-templates), or from a catalogue of one's own in the same form.

            Example:
              SKERRY_API_KEY=API-… skerry community load step-templates --url http://127.0.0.1:8065
            """,
        subcommands: [CommunityLoadCommand.self]
    )
}

struct CommunityLoadCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Put step templates from files into the catalogue, or bring those that are there up to date.",
        discussion: """
            Each PATH is a JSON file with one template or an array of them, or a folder whose *.json files are read. \
            Every file is read and checked before the first template is sent. A template that the catalogue has in this \
            or a newer version stays as it is, so the command can be run again. What spaces have installed does not \
            change; PUT communityactiontemplates/{id}/installation/{space} updates it.

            Example:
              SKERRY_API_KEY=API-… skerry community load step-templates --url http://127.0.0.1:8065
            """
    )

    @Argument(help: "Files and folders.", completion: .file())
    var paths: [String]

    @OptionGroup var target: ServerTarget
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let templates = try TemplateFiles.read(paths)
        let client = try await target.connect(as: "skerry-community")
        let counts = try await CommunityLoading(client: client, progress: Console.note).load(templates)
        return CommandResult(
            message: "\(templates.count) read: \(counts.added) added, \(counts.updated) updated, "
                + "\(counts.unchanged) already there.",
            data: [
                "added": .int(counts.added), "updated": .int(counts.updated), "unchanged": .int(counts.unchanged),
            ]
        )
    }
}

/// Brings a server's catalogue up to date.
struct CommunityLoading {
    struct Counts: Sendable, Hashable {
        var added = 0
        var updated = 0
        var unchanged = 0
    }

    let client: DestinationClient
    let progress: (String) -> Void

    func load(_ templates: [JSON]) async throws -> Counts {
        var known: [String: JSON] = [:]
        for document in try await client.list(.communityStepTemplates) {
            if let id = document["ExternalId"]?.stringValue { known[id] = document }
        }
        var counts = Counts()
        for template in templates {
            let name = template["Name"]?.stringValue ?? ""
            guard let present = known[template["ExternalId"]?.stringValue ?? ""] else {
                _ = try await client.create(.communityStepTemplates, template)
                progress("added \(name)")
                counts.added += 1
                continue
            }
            guard (present["Version"]?.intValue ?? 0) < (template["Version"]?.intValue ?? 0) else {
                counts.unchanged += 1
                continue
            }
            let id = present["Id"]?.stringValue ?? ""
            _ = try await client.update(.communityStepTemplates, id: id, template)
            progress("updated \(name)")
            counts.updated += 1
        }
        return counts
    }
}
