import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncShowCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a plan that was made before, as text, Markdown or a page. Asks no server.",
        discussion: """
            Examples:
              skerry sync show team.skplan                     what the plan does, with every field
              skerry sync show team.skplan --html plan.html    a page for a manager: no server, no network needed
              skerry sync show team.skplan --markdown          for a pull request or a ticket

            A page is one file. It filters by risk and type without JavaScript, and shows scripts as a line diff.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var renderings: PlanRenderings

    @Argument(help: ArgumentHelp("The plan that `skerry sync plan --out` wrote.", valueName: "plan"))
    var plan: String

    @Flag(help: "Print the plan as text, everything listed. This is the default.")
    var text = false

    @Flag(help: "Print the plan as Markdown.")
    var markdown = false

    func validate() throws {
        if text, markdown { throw ValidationError("Give one of --text and --markdown.") }
    }

    func perform() async throws -> CommandResult {
        let file = try PlanFileAccess.read(plan)
        try renderings.write(file)
        let isPageOnly = renderings.html != nil && !text && !markdown
        return CommandResult(
            message: renderings.html.map { "Wrote \($0)." } ?? "\(file.plan.operations.count) operations.",
            text: isPageOnly ? nil : shown(file),
            data: ["planId": .string(file.planID), "html": JSON(renderings.html), "plan": file.plan.json]
        )
    }

    private func shown(_ file: PlanFile) -> String {
        if markdown { return PlanMarkdown.text(of: file.plan, origin: .init(file), catalog: .standard) }
        let style = PlanText.Style(isColoured: isatty(STDOUT_FILENO) == 1, isLong: true)
        return PlanText.text(of: file.plan, catalog: .standard, style: style)
    }
}
