import Foundation

/// A Unix socket by a name that is short enough to bind or connect to: SwiftNIO takes 103 bytes, since some systems take
/// no more, and paths may be longer. A longer one is reached by way of its directory, for as long as this value lives.
public final class SocketPlace: Sendable {
    static let longest = 103

    /// What to hand to the system; valid in this process only.
    public let path: String
    private let directory: Int32

    /// - Throws: ``InstanceError/fileProblem(path:action:reason:)`` when the directory of a long path cannot be opened.
    public init(_ path: String) throws(InstanceError) {
        guard path.utf8.count > Self.longest else {
            self.path = path
            directory = -1
            return
        }
        let folder = DurableFile.directory(of: path)
        directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .file(folder, "open") }
        self.path = "/proc/self/fd/\(directory)/\(path.split(separator: "/").last ?? "")"
    }

    deinit { if directory >= 0 { close(directory) } }
}
