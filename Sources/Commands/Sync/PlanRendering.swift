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
        try write(to: path, what: what, isPrivate: isPrivate) { take in try take(Array(text.utf8)) }
    }

    /// The same for a text that comes in pieces: all of it, or the file stays as it was.
    static func write(
        to path: String,
        what: String,
        isPrivate: Bool = false,
        _ pieces: (_ take: ([UInt8]) throws -> Void) throws -> Void
    ) throws {
        do {
            try AtomicText.replace(path, newMode: isPrivate ? 0o600 : nil, keepsMode: !isPrivate, pieces)
        } catch {
            throw CommandFailure(.failed, "\(what) cannot be written to \(path): \(error.localizedDescription)")
        }
    }
}
