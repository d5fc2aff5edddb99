import Foundation

/// A directory of an ordinary user, as root has to read it: the user may put anything there, at any time.
///
/// No link in it is followed, nothing of another owner is read, only plain files of a limited length are, and no opening waits for
/// anybody.
struct UserDirectory: ~Copyable {
    private static let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC
    private static let largestFile = 64 << 10
    private static let mostNames = 1_000

    private let descriptor: Int32
    private let owner: uid_t

    /// Nil when it is not there, or not of that owner.
    init?(_ path: String, owner: uid_t) { self.init(open(path, Self.flags | O_DIRECTORY), owner) }

    private init?(_ descriptor: Int32, _ owner: uid_t) {
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_uid == owner else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.owner = owner
    }

    deinit { close(descriptor) }

    /// Nil when one of the directories is not there, is a link, or is not the user's.
    borrowing func below(_ names: [String]) -> UserDirectory? {
        guard var place = UserDirectory(fcntl(descriptor, F_DUPFD_CLOEXEC, 0), owner) else { return nil }
        for name in names {
            guard let next = UserDirectory(openat(place.descriptor, name, Self.flags | O_NOFOLLOW | O_DIRECTORY), owner)
            else {
                return nil
            }
            place = next
        }
        return place
    }

    /// Sorted; the first thousand that the system gives.
    borrowing func names() -> [String] {
        guard let copy = below([]) else { return [] }
        guard let list = fdopendir(fcntl(copy.descriptor, F_DUPFD_CLOEXEC, 0)) else { return [] }
        defer { closedir(list) }
        var names: [String] = []
        while names.count < Self.mostNames, let entry = readdir(list) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names.sorted()
    }

    /// Nil when there is no such file, or it is no plain one.
    borrowing func file(_ name: String) -> [UInt8]? {
        let file = openat(descriptor, name, Self.flags | O_NOFOLLOW)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_uid == owner, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= Self.largestFile
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Self.largestFile)
        let count = read(file, &bytes, bytes.count)
        return count < 0 ? nil : Array(bytes[..<count])
    }
}
