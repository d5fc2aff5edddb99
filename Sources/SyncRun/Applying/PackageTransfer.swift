import APIClient
import Catalog
import Crypto
import Sync

/// Carries one package over. Where the destination has it by now nothing changes, so a lost answer needs no look-up.
struct PackageTransfer: Sendable {
    let operation: Operation
    let source: SourceClient
    let destination: DestinationClient
    /// As the source calls the package.
    let sourceID: String

    func run() async throws {
        let after = operation.after
        let name = [after["PackageId"], after["Version"]].compactMap { $0?.stringValue }.joined(separator: ".")
        let size = after["PackageSizeBytes"]?.intValue ?? 0
        try await destination.copyPackage(
            PackageFile(id: sourceID, fileName: name + (after["FileExtension"]?.stringValue ?? ""), size: size),
            from: source,
            check: ContentCheck(size: size, hash: after["Hash"]?.stringValue ?? "")
        )
    }
}

/// That what went by is what the plan was about: by its length, and by SHA-1 or SHA-256, whichever the source gave.
struct ContentCheck: StreamCheck {
    private let size: Int
    private let hash: String
    private var seen = 0
    private var sha1: Insecure.SHA1?
    private var sha256: SHA256?

    init(size: Int, hash: String) {
        self.size = size
        self.hash = hash.lowercased()
        if hash.utf8.count == 40 { sha1 = Insecure.SHA1() }
        if hash.utf8.count == 64 { sha256 = SHA256() }
    }

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        seen += bytes.count
        sha1?.update(bufferPointer: bytes)
        sha256?.update(bufferPointer: bytes)
    }

    mutating func finish() throws {
        let digest = sha1.map { Self.text($0.finalize()) } ?? sha256.map { Self.text($0.finalize()) }
        guard size == 0 || seen == size, digest.map({ $0 == hash }) ?? true else { throw ChangedContent() }
    }

    private static func text(_ digest: some Sequence<UInt8>) -> String {
        digest.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}

struct ChangedContent: StreamProblem, CustomStringConvertible {
    let description = "the package is not what it was when the plan was made; the destination got nothing of it"
}
