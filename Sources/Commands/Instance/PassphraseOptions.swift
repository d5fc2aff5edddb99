import ArgumentParser
import Backup
import Foundation

/// Where the passphrase of a backup comes from.
struct PassphraseOptions: ParsableArguments {
    static let variable = "SKERRY_BACKUP_PASSPHRASE"

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
    /// - Throws: ``BackupError/passphraseMissing``, ``BackupError/passphraseTooShort(least:)`` for a new one.
    func required(isNew: Bool = false) throws -> String {
        let passphrase = try given(isNew)
        if isNew { try BackupPassphrase.check(passphrase) }
        return passphrase
    }

    private func given(_ isNew: Bool) throws -> String {
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

    /// Looks at a passphrase for a new backup that is given in a file or in the environment; one that would be asked for
    /// is not.
    ///
    /// - Throws: ``BackupError/passphraseTooShort(least:)``.
    func checkGiven() throws {
        guard passphraseFile != nil || ProcessInfo.processInfo.environment[Self.variable]?.isEmpty == false else {
            return
        }
        _ = try required(isNew: true)
    }

    private static func ask(_ question: String) -> String? {
        guard let typed = getpass(question) else { return nil }
        let text = String(cString: typed)
        return text.isEmpty ? nil : text
    }

    static func firstLine(of file: String) throws -> String {
        guard let line = FirstLine.of(file: file) else {
            throw CommandFailure(.failed, "--passphrase-file: \(file) has no first line that can be read.")
        }
        return line
    }
}

/// Secrets in files.
enum FirstLine {
    private static let longest = 4_096

    /// - Returns: nil for a file that cannot be read, and for an empty line.
    static func of(file: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: file), let data = try? handle.read(upToCount: longest),
            var line = String(validating: data.prefix { $0 != 0x0A }, as: UTF8.self)
        else { return nil }
        if line.hasSuffix("\r") { line.removeLast() }
        return line.isEmpty ? nil : line
    }
}
