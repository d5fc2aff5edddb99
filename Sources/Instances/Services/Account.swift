import CoreFoundation
import Foundation

/// A Unix account that an instance runs as.
package struct Account: Sendable, Hashable {
    var name: String
    var userID: uid_t
    var groupID: gid_t
    var home: String

    package static func exists(_ name: String) -> Bool { (try? Account(named: name)) != nil }

    /// - Throws: ``InstanceError/unknownUser(_:)``.
    init(named name: String) throws(InstanceError) {
        var entry = passwd()
        var result: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &result) == 0, result != nil else {
            throw .unknownUser(name)
        }
        self.name = name
        userID = entry.pw_uid
        groupID = entry.pw_gid
        home = String(cString: entry.pw_dir)
    }
}

/// Whether the account of an instance can use its files.
struct AccountAccess {
    let registry: InstanceRegistry
    let record: InstanceRecord

    /// The places that the account must own, and be alone with.
    private var places: [String] {
        [
            registry.paths.configurationDirectory(registry.kind, record.slug), record.home,
            registry.paths.logDirectory(registry.kind, record.slug), record.configurationFile,
        ]
    }

    /// - Throws: ``InstanceError/unknownUser(_:)``, ``InstanceError/foreignFiles(paths:user:)``.
    func check() throws(InstanceError) {
        let account = try Account(named: record.user)
        guard account.userID != 0 else { return }
        let foreign = places.filter { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_uid != account.userID
        }
        guard foreign.isEmpty else { throw .foreignFiles(paths: foreign, user: record.user) }
    }

    /// Gives the instance's files to its account. Needs root, unless they are its own already.
    func give() throws(InstanceError) {
        let account = try Account(named: record.user)
        for place in places where DurableFile.exists(place) {
            try Self.own(place, account)
            guard Directories.isDirectory(place), let names = FileManager.default.enumerator(atPath: place) else {
                continue
            }
            for case let name as String in names { try Self.own("\(place)/\(name)", account) }
        }
    }

    /// Gives one place that root wrote anew back to the account of its instance.
    func giveBack(_ place: String) throws(InstanceError) {
        guard geteuid() == 0, let account = try? Account(named: record.user), account.userID != 0 else { return }
        try Self.own(place, account)
        for name in try Directories.names(in: place) { try Self.own("\(place)/\(name)", account) }
    }

    /// Makes the run-time directory of an instance, which a restart of the machine may have removed.
    static func prepareRuntime(
        _ registry: InstanceRegistry,
        _ slug: String,
        _ account: Account?
    ) throws(InstanceError) {
        let directory = registry.paths.runtimeDirectory(registry.kind, slug)
        try Directories.make(directory, mode: 0o755)
        try Directories.make(registry.paths.logDirectory(registry.kind, slug), mode: 0o750)
        guard let account, geteuid() == 0, account.userID != 0 else { return }
        for name in [""] + (try Directories.names(in: directory).map { "/\($0)" }) {
            try own(directory + name, account)
        }
    }

    /// Links themselves change hands, never what they point to.
    private static func own(_ path: String, _ account: Account) throws(InstanceError) {
        guard lchown(path, account.userID, account.groupID) == 0 else { throw .file(path, "change the owner of") }
    }
}
