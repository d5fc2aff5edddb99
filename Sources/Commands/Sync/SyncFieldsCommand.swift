import ArgumentParser
import Catalog
import Sync

struct SyncFieldsCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "fields",
        abstract: "List every field of every type: synced, the destination's, derived or secret.",
        discussion: """
            Example: skerry sync fields --type projects

            Needs no server. `skerry sync fields --markdown` is what docs/sync/fields.md is made with.
            """
    )

    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("Only this type, as policies call it.", valueName: "type"))
    var type: String?

    @Flag(help: "As the page of the documentation.")
    var markdown = false

    func validate() throws {
        let known = Catalog.standard.kinds.map(\.policyKey) + ["scriptModules"]
        guard let type, !known.contains(type) else { return }
        throw ValidationError("There is no type '\(type)'; there are \(known.sorted().joined(separator: ", ")).")
    }

    func perform() async throws -> CommandResult {
        let table = FieldTable(.standard)
        let sections = table.sections.filter { type == nil || $0.policyKey == type }
        let text =
            markdown
            ? table.markdown
            : sections.map { section in
                let width = section.lines.map(\.path.count).max() ?? 0
                let lines = section.lines.map { line in
                    let name = line.path + String(repeating: " ", count: width - line.path.count)
                    let fate = line.fate.rawValue
                    let notes = line.notes.isEmpty ? "" : "  \(line.notes.joined(separator: "; "))"
                    return "  \(name)  \(fate + String(repeating: " ", count: 11 - fate.count))\(notes)"
                }
                return (["\(section.policyKey) (\(section.treatment.mode.rawValue))"] + lines).joined(separator: "\n")
            }.joined(separator: "\n\n")
        let json = table.json.arrayValue ?? []
        return CommandResult(
            message: "\(sections.count) types.",
            text: text,
            data: .array(json.filter { type == nil || $0["type"]?.stringValue == type })
        )
    }
}
