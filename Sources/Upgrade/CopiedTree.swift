import Foundation
import Instances

/// A copy of a directory that belongs to who makes it, whoever has the original: a user upgrades from what root unpacked.
struct CopiedTree {
    private static let pieceSize = 1 << 20

    /// What is copied, and where to: named when it fails.
    private let source: String
    private let target: String

    /// - Throws: ``UpgradeError/step(_:reason:)``.
    static func copy(_ source: String, to target: String) throws {
        try CopiedTree(source: source, target: target).copy("")
    }

    private func copy(_ path: String) throws {
        var status = stat()
        guard lstat(source + path, &status) == 0 else { throw problem(path) }
        let mode = status.st_mode & 0o777
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            guard mkdir(target + path, mode | 0o700) == 0 else { throw problem(path) }
            for name in try Directories.names(in: source + path) { try copy("\(path)/\(name)") }
        case S_IFLNK: try copyLink(path)
        case S_IFREG: try copyFile(path, mode)
        // Neither a program nor what belongs to one.
        default: return
        }
    }

    private func copyLink(_ path: String) throws {
        let destination: String
        do {
            destination = try FileManager.default.destinationOfSymbolicLink(atPath: source + path)
        } catch {
            throw problem(path)
        }
        guard symlink(destination, target + path) == 0 else { throw problem(path) }
    }

    private func copyFile(_ path: String, _ mode: mode_t) throws {
        let input = open(source + path, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw problem(path) }
        defer { close(input) }
        let output = open(target + path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard output >= 0 else { throw problem(path) }
        defer { close(output) }
        // Past the mask of the process.
        guard fchmod(output, mode) == 0 else { throw problem(path) }
        var piece = [UInt8](repeating: 0, count: Self.pieceSize)
        while true {
            let count = read(input, &piece, piece.count)
            if count == 0 { return }
            guard count > 0 else { throw problem(path) }
            guard piece[..<count].withUnsafeBytes({ writeAll($0, to: output) }) else { throw problem(path) }
        }
    }

    /// What `errno` tells of, just after a call failed.
    private func problem(_ path: String) -> UpgradeError {
        let number = errno
        let reason = number == ENOSPC ? "no space left on the disk" : String(cString: strerror(number)).lowercased()
        return .step("copy \(source)\(path) to \(target)", reason: reason)
    }
}
