import ArgumentParser
import Backup
import Foundation

/// Where the passphrase of a backup comes from.
struct PassphraseOptions: ParsableArguments {
    static let variable = "SKERRY_BACKUP_PASSPHRASE"
    private static let longest = 4_096

    @Option(
        name: .customLong("passphrase-file"),
        help: ArgumentHelp(
            "A file whose first line is the passphrase.",
            discussion: "Without it: SKERRY_BACKUP_PASSPHRASE, else a question on the terminal.",
            valueName: "file"
        )
    )
    var passphraseFile: String?

    /// - Parameter isNew: a typed one is asked for twice: a slip would make the backup useless.
    /// - Throws: ``BackupError/passphraseMissing``.
    func required(isNew: Bool = false) throws -> String {
        if let passphraseFile { return try Self.firstLine(of: passphraseFile) }
        if let value = ProcessInfo.processInfo.environment[Self.variable], !value.isEmpty { return value }
        guard isatty(STDIN_FILENO) == 1, let typed = Self.ask("Passphrase of the backup: ") else {
            throw BackupError.passphraseMissing
        }
        if isNew, Self.ask("The same again: ") != typed {
            throw CommandFailure(.failed, "The two passphrases are not the same.")
        }
        return typed
    }

    private static func ask(_ question: String) -> String? {
        guard let typed = getpass(question) else { return nil }
        let text = String(cString: typed)
        return text.isEmpty ? nil : text
    }

    static func firstLine(of file: String) throws -> String {
        guard let handle = FileHandle(forReadingAtPath: file),
            let data = try handle.read(upToCount: Self.longest),
            let line = String(validating: data.prefix { $0 != 0x0A }, as: UTF8.self), !line.isEmpty
        else { throw CommandFailure(.failed, "--passphrase-file: \(file) has no first line that can be read.") }
        return line.hasSuffix("\r") ? String(line.dropLast()) : line
    }
}
