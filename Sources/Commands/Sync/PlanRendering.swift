import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

/// Files for people that a plan can be written to, beside the plan itself.
struct PlanRenderings: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write the plan as one page for a browser: nothing to install, no network.",
            valueName: "file"
        )
    )
    var html: String?

    func write(_ file: PlanFile) throws {
        guard let html else { return }
        // As `sync show` reads it, so that both write the same page to the last byte.
        let file = try PlanFile.parse(file.text)
        let page = PlanPage.html(of: file.plan, origin: .init(file), catalog: .standard)
        try TextFile.write(page, to: html, what: "The page")
    }
}

/// Reads and writes the files of the sync commands.
enum TextFile {
    static func write(_ text: String, to path: String, what: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandFailure(.failed, "\(what) cannot be written to \(path): \(error.localizedDescription)")
        }
    }
}
