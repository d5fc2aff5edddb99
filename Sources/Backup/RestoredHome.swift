import Foundation
import Instances

/// A home that is being filled from an archive. Files in it say how far that is, and from which archive.
struct RestoredHome {
    let path: String
    /// Of the archive.
    let digest: String
    /// What the archive was made of only to be put back at once.
    var origin: String?
    /// False for a scratch place, which need not outlive a power cut.
    var isDurable = true

    private var begun: String { InstanceHome(path: path).unfinishedRestoreFile }
    private var filled: String { "\(path)/\(InstanceHome.ownPrefix)restored" }
    private var word: String { origin.map { "\(digest)\n\($0)" } ?? digest }

    /// - Throws: ``BackupError/homeInUse(path:)``, ``BackupError/noSpace(path:needed:free:)``.
    func check(for instance: BackupManifest.Instance) throws {
        guard path != "/" else { throw BackupError.homeInUse(path: path) }
        if try isFilled() { return }
        let isOurs = DurableFile.exists(begun) || DurableFile.exists(filled)
        let foreign = try Directories.names(in: path).filter { !DurableFile.isLeftover($0, of: begun) }
        guard isOurs || foreign.isEmpty else { throw BackupError.homeInUse(path: path) }
        let reserve = 16 << 20
        try requireSpace(instance.databaseBytes + instance.bytes + reserve, at: path)
    }

    /// Whether everything of this archive is in the home.
    func isFilled() throws -> Bool { try DurableFile.read(filled) == Array(word.utf8) }

    /// Whether it was filled from some archive of its origin, and that was not brought to its end.
    func isUnfinished() throws -> Bool {
        guard let origin, let word = try DurableFile.read(filled) else { return false }
        return String(decoding: word, as: UTF8.self).hasSuffix("\n\(origin)")
    }

    /// Extracts an instance, from the start: what an earlier call left is removed first.
    func fill(from archive: BackupArchive) throws {
        if try isFilled() { return }
        try check(for: archive.manifest.instance)
        try Directories.make(path, mode: 0o750)
        // The word of the beginning stays until last: a home without it and with files is somebody else's.
        try DurableFile.write(Array(word.utf8), to: begun, mode: 0o600)
        for name in try Directories.names(in: path) where "\(path)/\(name)" != begun {
            try Directories.removeAll("\(path)/\(name)")
        }
        try archive.extract(to: path)
        if isDurable { try FlushedTree.flush(path) }
        guard rename(begun, filled) == 0 else { throw fileError(begun, "rename") }
        try DurableFile.flushDirectory(of: filled)
    }

    /// For the end, when the home belongs to a registered instance.
    func forgetRestore() throws { try DurableFile.remove(filled) }
}
