import Foundation

/// An ordinary user of a machine below `SKERRY_ROOT`, who has a home and may have instances of their own there.
public struct MachineUser: Sendable {
    public let name: String
    /// Of the machine.
    public let root: String
    public let home: String
    /// Another user than this process where that can be, else the same.
    public let id: UInt32

    /// Adds the user to the machine.
    public init(_ name: String, of root: String, id: UInt32 = 12_345) throws {
        self.name = name
        self.root = root
        self.id = geteuid() == 0 ? id : geteuid()
        home = "\(root)/home/\(name)"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(root)/etc", withIntermediateDirectories: true)
        let file = "\(root)/etc/passwd"
        let before = (try? String(contentsOfFile: file, encoding: .utf8)) ?? "root:x:0:0:root:/root:/bin/sh\n"
        let line = "\(name):x:\(self.id):\(self.id):A user:/home/\(name):/bin/sh\n"
        try (before + line).write(toFile: file, atomically: true, encoding: .utf8)
        try own(home)
    }

    /// `server` or `agent`: the directory of the registry.
    public func registry(_ kind: String) -> String { "\(home)/.config/skerry/\(kind)/instances" }

    /// Registers an instance as a program of the user does.
    public func add(_ kind: String, slug: String, name: String) throws {
        let record =
            #"{"name":"\#(name)","slug":"\#(slug)","config":"/nowhere","home":"/nowhere","user":"\#(self.name)"}"#
        try write(record, to: "\(registry(kind))/\(slug).json")
    }

    /// Says that a process runs an instance.
    public func run(_ kind: String, slug: String, version: String, process: Int32) throws {
        let state = #"{"pid":\#(process),"ready":true,"version":"\#(version)"}"#
        try write(state, to: "\(root)/run/user/\(id)/skerry/\(kind)/\(slug)/state.json")
    }

    /// A file of the user, with all directories above it.
    public func write(_ text: String, to path: String) throws {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try own(path.hasPrefix(home) ? home : "\(root)/run/user/\(id)")
    }

    /// Gives what is there, and all below it, to the user.
    public func own(_ path: String) throws {
        let names = try? FileManager.default.subpathsOfDirectory(atPath: path)
        for name in [""] + (names ?? []).map({ "/\($0)" }) { lchown(path + name, id, id) }
    }
}
