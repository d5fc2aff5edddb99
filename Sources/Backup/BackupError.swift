/// Why a backup could not be made, read or restored.
public enum BackupError: Error, Sendable, Hashable, CustomStringConvertible {
    case file(path: String, action: String, reason: String)
    /// The archive is not one of Skerry's, was cut off, or was changed.
    case damaged(path: String, reason: String)
    /// A newer Skerry made the archive.
    case newerFormat(path: String, format: Int)
    /// The database in the archive is one of a newer Skerry.
    case newerDatabase(name: String, version: String, found: Int, known: Int)
    /// Another backup of the instance is being made.
    case busy(name: String)
    case passphraseMissing
    case passphraseWrong
    case passphraseTooShort(least: Int)
    /// There is an instance of that name; the command deletes it.
    case nameTaken(String, by: String, command: String)
    /// The home of the instance to restore is not empty.
    case homeInUse(path: String)
    /// Bytes that are needed and that there are.
    case noSpace(path: String, needed: Int, free: Int)
    /// The restored copy is not what was backed up.
    case notVerified(name: String, reason: String)

    public var description: String {
        switch self {
        case .file(let path, let action, let reason): "Cannot \(action) \(path): \(reason)."
        case .damaged(let path, let reason):
            "The backup \(path) cannot be used: \(reason). Use another one; nothing was restored."
        case .newerFormat(let path, let format):
            "The backup \(path) has format \(format); this skerry reads up to \(BackupManifest.format). Use a newer skerry."
        case .newerDatabase(let name, let version, let found, let known):
            "The database of \"\(name)\" in this backup has schema \(found), written by skerry \(version); this skerry knows "
                + "schemas up to \(known). Install that version or a newer one, then restore. Nothing was restored."
        case .busy(let name): "Another backup of \"\(name)\" is being made. Wait for its end."
        case .passphraseMissing:
            "The master key in a backup is wrapped with a passphrase. Give one with --passphrase-file FILE, in "
                + "SKERRY_BACKUP_PASSPHRASE or on a terminal, or leave the key out with --without-key."
        case .passphraseWrong:
            "This is not the passphrase that the master keys in the backup are wrapped with. Nothing was restored."
        case .passphraseTooShort(let least): "The passphrase needs at least \(least) characters."
        case .nameTaken(let name, let other, let command):
            "There is already an instance named \"\(other)\"" + (name == other ? "" : ", too close to \"\(name)\"")
                + ". Restore under another name with --as, or delete that one first: \(command)"
        case .homeInUse(let path):
            "The directory \(path) is not empty. Restore to another one with --home, or under another name with --as."
        case .noSpace(let path, let needed, let free):
            "\(path): \(needed >> 20) MB are needed there, \(free >> 20) MB are free."
        case .notVerified(let name, let reason): "The backup of \"\(name)\" could not be verified: \(reason)."
        }
    }
}
