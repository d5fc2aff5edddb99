import CArchive
import Foundation
import Instances

/// The files of a home, kept as they are while an archive is made of them.
///
/// A second name (hard link) for each file keeps what the server deletes meanwhile: the copy of the database, which is
/// of one moment, may still refer to it. Taken once before that copy and completed after it, the snapshot holds every
/// file that the database of that moment knows.
struct HomeSnapshot {
    private let home: String
    private let database: String?
    private let directory: String
    /// Names relative to the home, and whether a second name holds the content.
    private var files: [String: Bool] = [:]
    /// What is no plain file, and so in no backup.
    private(set) var passedOver: Set<String> = []

    /// - Parameter database: has a copy of its own.
    init(home: String, database: String?) throws {
        self.home = home
        self.database = database
        directory = "\(home)/\(InstanceHome.ownPrefix)backup"
        // Of a backup that was killed: no other one of this instance is at work.
        try Directories.removeAll(directory)
        guard Directories.isDirectory(home) else { return }
        try Directories.make(directory, mode: 0o700)
    }

    func remove() { try? Directories.removeAll(directory) }

    /// Takes in every file that is new since the last call.
    mutating func takeIn() throws { try takeIn("") }

    /// Hands over each file, in the order of names: its name in the home, and where its content is.
    func visit(_ use: (_ name: String, _ path: String) throws -> Void) rethrows {
        for (name, isLinked) in files.sorted(by: { $0.key < $1.key }) {
            try use(name, isLinked ? "\(directory)/\(name)" : "\(home)/\(name)")
        }
    }

    private mutating func takeIn(_ folder: String) throws {
        let place = folder.isEmpty ? home : "\(home)/\(folder)"
        for entry in try Directories.names(in: place) {
            if folder.isEmpty, entry.hasPrefix(InstanceHome.ownPrefix) { continue }
            let name = folder.isEmpty ? entry : "\(folder)/\(entry)"
            let path = "\(home)/\(name)"
            if let database, [database, "\(database)-wal", "\(database)-shm"].contains(path) { continue }
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try takeIn(name)
            case S_IFREG where files[name] == nil: files[name] = try link(name)
            case S_IFREG: continue
            default: passedOver.insert(name)
            }
        }
    }

    /// - Returns: false where the file system has no second names; nil when the file is gone.
    private func link(_ name: String) throws -> Bool? {
        let target = "\(directory)/\(name)"
        try Directories.make(DurableFile.directory(of: target), mode: 0o700)
        if Foundation.link("\(home)/\(name)", target) == 0 { return true }
        switch errno {
        case ENOENT: return nil
        case EPERM, EACCES, EMLINK, ENOTSUP, EXDEV, ENOSYS: return false
        default: throw fileError("\(home)/\(name)", "back up")
        }
    }
}
