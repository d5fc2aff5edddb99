import Foundation

/// An ordinary user of this machine who keeps instances of their own, in the XDG directories of their home. Root does not
/// manage those; it tells who does.
public struct OtherUser: Sendable, Hashable {
    public struct Instance: Sendable, Hashable {
        public var kind: InstanceKind
        public var name: String
        public var slug: String
        /// Of the program that runs it; nil when it does not run.
        public var version: String?
    }

    public var name: String
    public var instances: [Instance]

    /// With the instances of one kind only; nil when there are none.
    public func only(_ kind: InstanceKind) -> OtherUser? {
        let chosen = instances.filter { $0.kind == kind }
        return chosen.isEmpty ? nil : OtherUser(name: name, instances: chosen)
    }

    /// `the server "web", the agent "build"`
    public var list: String { instances.map { "the \($0.kind.rawValue) \"\($0.name)\"" }.joined(separator: ", ") }

    /// How root lets this user do something with their instances.
    public func line(_ program: String, _ arguments: String) -> String { "sudo -iu \(name) \(program) \(arguments)" }

    /// Lets one of them run the program that is installed now.
    public func restart(_ instance: Instance) -> String {
        line(instance.kind.program, "service --restart --instance \(instance.slug)")
    }

    /// All that root can find: accounts of `/etc/passwd`, and those whose services run without them, with their homes on this
    /// machine's disks. None for those who are not root, whose own instances are all that they manage.
    public static func all(_ paths: InstancePaths) -> [OtherUser] {
        guard let root = paths.machineRoot else { return [] }
        let mounts = Mounts()
        return UserAccount.all(root).compactMap { account in
            guard !mounts.isFarAway(account.home), let home = UserDirectory(account.home, owner: account.id) else {
                return nil
            }
            let places = UserPlaces(home: home, account: account, root: root)
            let instances = InstanceKind.allCases.flatMap { places.instances($0) }
            return instances.isEmpty ? nil : OtherUser(name: account.name, instances: instances)
        }
    }
}

/// Where a user has instances when no XDG variable says otherwise.
private struct UserPlaces: ~Copyable {
    let home: UserDirectory
    let account: UserAccount
    let root: String

    init(home: consuming UserDirectory, account: UserAccount, root: String) {
        self.home = home
        self.account = account
        self.root = root
    }

    borrowing func instances(_ kind: InstanceKind) -> [OtherUser.Instance] {
        guard let registry = home.below([".config", "skerry", kind.rawValue, "instances"]) else { return [] }
        var found: [OtherUser.Instance] = []
        for file in registry.names() where file.hasSuffix(".json") && !file.hasPrefix(".") {
            let slug = String(file.dropLast(".json".count))
            guard let bytes = registry.file(file),
                let record = try? InstanceRecord(bytes: bytes, path: file, slug: slug),
                let name = try? InstanceName(record.name), name.slug == slug
            else { continue }
            found.append(OtherUser.Instance(kind: kind, name: name.display, slug: slug, version: version(kind, slug)))
        }
        return found
    }

    private borrowing func version(_ kind: InstanceKind, _ slug: String) -> String? {
        let place = ["skerry", kind.rawValue, slug]
        let signedIn = UserDirectory("\(root)/run/user/\(account.id)", owner: account.id)?.below(place)?.file(
            Self.state
        )
        let bytes = signedIn ?? home.below([".local", "state", "skerry", "run", kind.rawValue, slug])?.file(Self.state)
        guard let state = bytes.flatMap(RunState.init), runs(state.processID),
            state.version.wholeMatch(of: /[A-Za-z0-9._+-]{1,64}/) != nil
        else { return nil }
        return state.version
    }

    private static let state = "state.json"

    /// Whether it is a process of the user; what a crash left behind names one that is gone.
    private borrowing func runs(_ process: Int32) -> Bool {
        var status = stat()
        return stat("/proc/\(process)", &status) == 0 && status.st_uid == account.id
    }
}

/// An ordinary account with a home.
private struct UserAccount {
    private static let most = 20_000

    var name: String
    var id: uid_t
    var home: String

    static func all(_ root: String) -> [UserAccount] {
        let bytes = (try? DurableFile.read("\(root)/etc/passwd")) ?? nil
        var accounts = String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n").prefix(most)
            .compactMap { UserAccount(line: $0, root: root) }
        let known = Set(accounts.map(\.name))
        // Other accounts than those of the machine itself, such as a directory service has.
        let lingering = root.isEmpty ? (try? Directories.names(in: "/var/lib/systemd/linger")) ?? [] : []
        accounts += lingering.prefix(most).filter { !known.contains($0) }.compactMap(UserAccount.init(named:))
        var seen: Set<String> = []
        return accounts.filter { seen.insert("\($0.id) \($0.home)").inserted }.sorted { $0.name < $1.name }
    }

    private init?(line: Substring, root: String) {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 7, let id = uid_t(fields[2]) else { return nil }
        self.init(name: String(fields[0]), id: id, home: String(fields[5]), root: root)
    }

    private init?(named name: String) {
        guard let account = try? Account(named: name) else { return nil }
        self.init(name: name, id: account.userID, home: account.home, root: "")
    }

    private init?(name: String, id: uid_t, home: String, root: String) {
        guard id != 0, home.hasPrefix("/"), home != "/", name.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?/) != nil
        else { return nil }
        self.name = name
        self.id = id
        self.home = root + home
    }
}

/// What is mounted where: a home on another machine is not looked into, which may not answer.
private struct Mounts {
    private static let far: Set<String> = [
        "9p", "afs", "autofs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "lustre", "nfs", "nfs4",
        "smb3",
    ]

    private let all: [(path: String, type: String)]

    init() {
        let text = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        all = text.split(separator: "\n").compactMap(Self.mount)
    }

    /// `36 35 98:0 / /mnt rw,noatime - ext3 /dev/root rw`, with more fields before the dash or without.
    private static func mount(_ line: Substring) -> (path: String, type: String)? {
        let fields = line.split(separator: " ").map(String.init)
        guard let dash = fields.firstIndex(of: "-"), dash > 4, dash + 1 < fields.count else { return nil }
        return (fields[4].replacing("\\040", with: " "), fields[dash + 1])
    }

    /// The mount that is longest, and the last of equals, counts.
    func isFarAway(_ path: String) -> Bool {
        let holders = all.filter { $0.path == "/" || "\(path)/".hasPrefix("\($0.path)/") }
        let longest = holders.map(\.path.utf8.count).max()
        return holders.last { $0.path.utf8.count == longest }.map { Self.far.contains($0.type) } ?? false
    }
}
