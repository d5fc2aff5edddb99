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
            throw failure(what, path, error)
        }
    }

    /// The same for a text that comes in pieces: all of it, or the file stays as it was.
    static func write(to path: String, what: String, _ pieces: (_ take: ([UInt8]) throws -> Void) throws -> Void) throws
    {
        let scratch = "\(path).\(UUID().uuidString).tmp"
        do {
            guard FileManager.default.createFile(atPath: scratch, contents: nil),
                let handle = FileHandle(forWritingAtPath: scratch)
            else { throw CocoaError(.fileWriteUnknown) }
            defer { try? handle.close() }
            try pieces { try handle.write(contentsOf: $0) }
            try handle.synchronize()
            guard rename(scratch, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            try? FileManager.default.removeItem(atPath: scratch)
            throw failure(what, path, error)
        }
    }

    private static func failure(_ what: String, _ path: String, _ error: any Error) -> CommandFailure {
        CommandFailure(.failed, "\(what) cannot be written to \(path): \(error.localizedDescription)")
    }
}
