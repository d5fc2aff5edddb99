import Catalog
import Foundation

/// Configurations and keys of deleted instances, put aside for thirty days: without its master key the data that was
/// kept would be worth nothing.
struct Trash {
    static let lifetime: TimeInterval = 30 * 86_400

    let paths: InstancePaths
    let kind: InstanceKind

    private var directory: String { "\(paths.stateRoot)/trash" }

    /// `…/trash/server-staging-1790000000000`
    func place(for slug: String) -> String {
        "\(directory)/\(kind.rawValue)-\(slug)-\(Int(Date.now.timeIntervalSince1970 * 1_000))"
    }

    /// Moves a directory there. In another file system it is copied, file by file, with its modes.
    func put(_ folder: String, _ record: InstanceRecord, at place: String) throws(InstanceError) {
        try Directories.make(directory, mode: 0o700)
        let note = "\(folder)/deleted.json"
        try DurableFile.write(record.json.bytes + [0x0A], to: note, mode: 0o600)
        CrashPoint.pass()
        guard rename(folder, place) != 0 else { return }
        guard errno == EXDEV else { throw .file(folder, "move to \(place)") }
        do {
            let partial = "\(place).part"
            try? FileManager.default.removeItem(atPath: partial)
            try FileManager.default.copyItem(atPath: folder, toPath: partial)
            guard rename(partial, place) == 0 else { throw InstanceError.file(partial, "move to \(place)") }
        } catch {
            throw .fileProblem(path: folder, action: "move to \(place)", reason: "\(error)")
        }
        try Directories.removeAll(folder)
    }

    /// Puts the newest configuration and keys of a name back, when their data is still where it was.
    ///
    /// - Returns: whether there were any.
    func takeBack(_ slug: String, home: String, to folder: String) throws(InstanceError) -> Bool {
        guard !DurableFile.exists(folder), DurableFile.exists(home), let newest = try newest(of: slug, home: home)
        else { return false }
        try Directories.make(DurableFile.directory(of: folder), mode: 0o755)
        CrashPoint.pass()
        guard rename(newest, folder) != 0 else {
            try DurableFile.remove("\(folder)/deleted.json")
            return true
        }
        guard errno == EXDEV else { throw .file(newest, "move to \(folder)") }
        do {
            let partial = "\(folder).part"
            try? FileManager.default.removeItem(atPath: partial)
            try FileManager.default.copyItem(atPath: newest, toPath: partial)
            guard rename(partial, folder) == 0 else { throw InstanceError.file(partial, "move to \(folder)") }
        } catch {
            throw .fileProblem(path: newest, action: "move to \(folder)", reason: "\(error)")
        }
        try DurableFile.remove("\(folder)/deleted.json")
        return true
    }

    private func newest(of slug: String, home: String) throws(InstanceError) -> String? {
        var found: (path: String, time: Int)?
        for entry in try entries() where entry.slug == slug && !entry.path.hasSuffix(".part") {
            guard let bytes = try DurableFile.read("\(entry.path)/deleted.json"),
                let json = try? JSON.parse(bytes), json["home"]?.stringValue == home
            else { continue }
            if entry.time > found?.time ?? 0 { found = (entry.path, entry.time) }
        }
        return found?.path
    }

    /// Removes what is older than thirty days.
    func empty(now: Date = .now) throws(InstanceError) {
        let oldest = Int((now.timeIntervalSince1970 - Self.lifetime) * 1_000)
        for entry in try entries() where entry.time < oldest { try Directories.removeAll(entry.path) }
    }

    /// The slug may hold dashes itself: the time is what follows the last one.
    private func entries() throws(InstanceError) -> [(path: String, slug: String, time: Int)] {
        var entries: [(String, String, Int)] = []
        for name in try Directories.names(in: directory) where name.hasPrefix("\(kind.rawValue)-") {
            let rest = name.dropFirst(kind.rawValue.count + 1)
            let stem = rest.hasSuffix(".part") ? rest.dropLast(5) : rest
            guard let dash = stem.lastIndex(of: "-"), let time = Int(stem[stem.index(after: dash)...]) else { continue }
            entries.append(("\(directory)/\(name)", String(stem[..<dash]), time))
        }
        return entries
    }
}
