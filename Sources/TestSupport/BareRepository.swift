import Foundation

/// A bare Git repository on disk, as a hosting service has them, with one commit on `main`.
public struct BareRepository: Sendable {
    public var path: String

    public init(path: String) { self.path = path }

    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    public var url: String { "file://\(path)" }

    /// - Parameter path: where nothing is yet.
    public static func make(at path: String, isEmpty: Bool = false) async throws -> BareRepository {
        let repository = BareRepository(path: path)
        _ = try await repository.run(["init", "--quiet", "--bare", "--initial-branch=main", path], inside: false)
        if !isEmpty { try await repository.commit(["README.md": "A test.\n"], to: "main") }
        return repository
    }

    /// Commits files to a branch, as somebody does who works with a clone.
    public func commit(_ files: [String: String], to branch: String, message: String = "By hand") async throws {
        try await withTemporaryDirectory { clone in
            let here = BareRepository(path: clone)
            _ = try await run(["clone", "--quiet", path, clone], inside: false)
            let exists = !(try await git(["for-each-ref", "refs/heads/\(branch)"])).isEmpty
            if exists {
                _ = try await here.run(["-C", clone, "checkout", "--quiet", branch], inside: false)
            } else {
                _ = try await here.run(["-C", clone, "checkout", "--quiet", "-B", branch], inside: false)
            }
            for (name, text) in files {
                let file = URL(fileURLWithPath: clone).appending(path: name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try Data(text.utf8).write(to: file)
            }
            _ = try await here.run(["-C", clone, "add", "--all"], inside: false)
            _ = try await here.run(["-C", clone, "commit", "--quiet", "--message", message], inside: false)
            _ = try await here.run(["-C", clone, "push", "--quiet", "origin", branch], inside: false)
        }
    }

    /// The text of a file at a branch; nil when there is none.
    public func file(_ name: String, at branch: String = "main") async throws -> String? {
        try? await git(["cat-file", "blob", "\(branch):\(name)"], trimmed: false)
    }

    public func branches() async throws -> [String] {
        try await git(["for-each-ref", "--format=%(refname:short)", "refs/heads"]).split(separator: "\n").map(
            String.init
        )
    }

    /// The first lines of the messages of a branch's commits that another branch does not have, newest first.
    public func messages(of branch: String, notIn other: String? = nil) async throws -> [String] {
        try await git(["log", "--format=%s", branch] + (other.map { ["^\($0)"] } ?? [])).split(separator: "\n").map(
            String.init
        )
    }

    /// Runs git in the repository.
    ///
    /// - Returns: what it printed.
    public func git(_ arguments: [String], trimmed: Bool = true) async throws -> String {
        let text = try await run(arguments, inside: true)
        return trimmed ? text.trimmingCharacters(in: .whitespacesAndNewlines) : text
    }

    private func run(_ arguments: [String], inside: Bool) async throws -> String {
        let identity: [String: String?] = [
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Ann",
            "GIT_AUTHOR_EMAIL": "ann@example.com", "GIT_COMMITTER_NAME": "Ann",
            "GIT_COMMITTER_EMAIL": "ann@example.com",
        ]
        let place = inside ? ["--git-dir=\(path)"] : []
        let result = try await runProcess("/usr/bin/env", ["git"] + place + arguments, environment: identity)
        guard result.ending == .exited(0) else {
            throw Failure(description: "git \(arguments.joined(separator: " ")): \(result.standardError)")
        }
        return result.standardOutput
    }
}
