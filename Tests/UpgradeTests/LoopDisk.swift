import Foundation
import TestSupport

struct MountFailed: Error, CustomStringConvertible {
    var description: String
}

/// A small file system of its own, in a file, for tests with a full disk.
enum LoopDisk {
    /// Whether this process may mount one.
    static let isPossible: Bool = {
        guard geteuid() == 0 else { return false }
        let folder = "\(NSTemporaryDirectory())/skerry-loop-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        mkdir(folder, 0o700)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c",
            "cd '\(folder)' && truncate -s 16M disk && mkfs.ext4 -q disk && mkdir m && mount -o loop disk m && umount m",
        ]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    static func with(
        megabytes: Int,
        in folder: String,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (String) async throws -> Void
    ) async throws {
        let script =
            "cd '\(folder)' && truncate -s \(megabytes)M disk && mkfs.ext4 -q -m 0 disk && mkdir m && mount -o loop disk m"
        let made = try await runProcess("/bin/sh", ["-c", script])
        guard made.exitCode == 0 else { throw MountFailed(description: made.standardError) }
        do {
            try await body("\(folder)/m")
            _ = try await runProcess("/bin/umount", ["-l", "\(folder)/m"])
        } catch {
            _ = try await runProcess("/bin/umount", ["-l", "\(folder)/m"])
            throw error
        }
    }
}
