import Crypto
import Foundation
import HTTPTypes

/// The files of the packages of one instance, by their content: `content/3f/3f2a…` in the folder of packages.
///
/// A file gets its name only when it is whole and on the disk; what a crash leaves half written lies in `uploads` and
/// goes with the next start. Equal files are kept once.
final class PackageFiles: Sendable {
    let root: String

    init(root: String) { self.root = root }

    private var uploads: String { "\(root)/uploads" }
    private var content: String { "\(root)/content" }

    /// - Parameter hash: SHA-256, in lower-case hexadecimal.
    func path(of hash: String) -> String { "\(content)/\(hash.prefix(2))/\(hash)" }

    /// Makes the folders and removes what no document names: half uploads, and files whose package is gone.
    func prepare(keeping hashes: Set<String>) throws {
        for folder in [uploads, content] {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: uploads) { unlink("\(uploads)/\(name)") }
        try removeAll(except: hashes)
    }

    /// Removes what no package is about. Called inside a transaction that writes, as `publish` is.
    func removeAll(except hashes: Set<String>) throws {
        for folder in try FileManager.default.contentsOfDirectory(atPath: content) {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(content)/\(folder)")
            where !hashes.contains(name) { unlink("\(content)/\(folder)/\(name)") }
        }
    }

    func begin(limit: Int) throws -> PackageUpload {
        try PackageUpload(path: "\(uploads)/\(UUID().uuidString).part", limit: limit)
    }

    /// Gives a whole upload its name. Called inside the transaction that writes the document, so that nobody removes
    /// the same content in between.
    func publish(_ upload: PackageUpload.Finished) throws {
        let target = path(of: upload.sha256)
        let folder = String(target.dropLast(upload.sha256.count + 1))
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        guard rename(upload.path, target) == 0 else { throw PackageFileProblem(doing: "store", target) }
        try Self.flush(folder)
        try Self.flush(content)
    }

    func discard(_ upload: PackageUpload.Finished) { unlink(upload.path) }

    private static func flush(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PackageFileProblem(doing: "open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw PackageFileProblem(doing: "store", folder) }
    }
}

/// One file that is being received. Used by one request.
final class PackageUpload {
    /// A whole file without a name of its own yet.
    struct Finished: Sendable {
        var path: String
        var size: Int
        /// What the file is stored under.
        var sha256: String
        /// What clients are told.
        var sha1: String
    }

    private let path: String
    private let limit: Int
    private let descriptor: Int32
    private var size = 0
    private var sha256 = SHA256()
    private var sha1 = Insecure.SHA1()
    private var isFinished = false

    init(path: String, limit: Int) throws {
        self.path = path
        self.limit = limit
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PackageFileProblem(doing: "store", path) }
    }

    deinit {
        close(descriptor)
        if !isFinished { unlink(path) }
    }

    /// - Throws: `APIProblem` 413 where the file is larger than a package may be.
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        size += bytes.count
        guard size <= limit else {
            throw APIProblem(
                .contentTooLarge,
                "The package is too large.",
                errors: ["A package may have \(limit) bytes on this server."]
            )
        }
        var rest = bytes[...]
        while let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            let count = write(descriptor, base, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw PackageFileProblem(doing: "store", path)
            }
            rest = rest.dropFirst(count)
        }
        sha256.update(bufferPointer: bytes)
        sha1.update(bufferPointer: bytes)
    }

    /// The file is on the disk when this returns.
    func finish() throws -> Finished {
        guard fsync(descriptor) == 0 else { throw PackageFileProblem(doing: "store", path) }
        isFinished = true
        return Finished(
            path: path,
            size: size,
            sha256: CertificateDetails.hexadecimal(sha256.finalize()),
            sha1: CertificateDetails.hexadecimal(sha1.finalize())
        )
    }
}

/// The disk said no. For the log; a client learns only that something went wrong.
struct PackageFileProblem: Error, CustomStringConvertible {
    let description: String

    init(doing action: String, _ path: String) {
        description = "cannot \(action) \(path): \(String(cString: strerror(errno)).lowercased())"
    }
}
