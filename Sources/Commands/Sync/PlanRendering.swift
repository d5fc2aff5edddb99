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
    /// - Parameter isPrivate: only its owner may read it.
    static func write(_ text: String, to path: String, what: String, isPrivate: Bool = false) throws {
        do {
            if isPrivate {
                // Before there is anything in it that others could read.
                let isMade = FileManager.default.createFile(
                    atPath: path,
                    contents: nil,
                    attributes: [.posixPermissions: 0o600]
                )
                guard isMade else { throw CocoaError(.fileWriteNoPermission) }
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
                return try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            }
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandFailure(.failed, "\(what) cannot be written to \(path): \(error.localizedDescription)")
        }
    }
}
