/// Why a backup could not be made, read or restored.
public enum BackupError: Error, Sendable, Hashable, CustomStringConvertible {
    case file(path: String, action: String, reason: String)
    /// The archive is not one of Skerry's, was cut off, or was changed.
    case damaged(path: String, reason: String)
    /// A newer Skerry made the archive.
    case newerFormat(path: String, format: Int)
    case passphraseMissing
    case passphraseWrong
    case passphraseTooShort(least: Int)
    case notInArchive(name: String, known: [String])
    /// The home of the instance to restore is not empty.
    case homeInUse(path: String)
    /// The restored copy is not what was backed up.
    case notVerified(name: String, reason: String)

    public var description: String {
        switch self {
        case .file(let path, let action, let reason): "Cannot \(action) \(path): \(reason)."
        case .damaged(let path, let reason):
            "The backup \(path) cannot be used: \(reason). Use another one; nothing was restored."
        case .newerFormat(let path, let format):
            "The backup \(path) has format \(format); this skerry reads up to \(BackupManifest.format). Use a newer skerry."
        case .passphraseMissing:
            "The master key in a backup is wrapped with a passphrase. Give one with --passphrase-file FILE, in "
                + "SKERRY_BACKUP_PASSPHRASE or on a terminal, or leave the key out with --without-key."
        case .passphraseWrong: "This is not the passphrase that the master keys in the backup are wrapped with."
        case .passphraseTooShort(let least): "The passphrase needs at least \(least) characters."
        case .notInArchive(let name, let known):
            "The backup holds no instance \"\(name)\". It holds: \(known.joined(separator: ", "))."
        case .homeInUse(let path):
            "The directory \(path) is not empty. Restore to another one with --home, or under another name with --as."
        case .notVerified(let name, let reason): "The backup of \"\(name)\" could not be verified: \(reason)."
        }
    }
}
