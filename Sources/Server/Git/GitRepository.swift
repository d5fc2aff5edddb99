import Foundation

/// A branch or a tag, with the commit that it names.
struct GitRef: Sendable, Hashable {
    /// `refs/heads/main`
    var name: String
    var commit: String

    var shortName: String {
        let parts = name.split(separator: "/", maxSplits: 2)
        return parts.count == 3 ? String(parts[2]) : name
    }
}

/// A remote repository, through a bare copy of it that holds what was fetched. All writes go to the remote one.
struct GitRepository: Sendable {
    /// Of the remote repository, checked by ``GitAddress``.
    var url: String
    /// The name of the project, for messages.
    var project: String
    /// Which of the server's copies it is.
    var copy: String
    var program: GitProgram

    /// The most bytes of a file of a project.
    static let largestFile = 4 << 20
    private static let hashLength = 40

    // MARK: Reading

    /// Brings branches and tags up to what the remote repository has.
    func fetch() async throws {
        if !FileManager.default.fileExists(atPath: "\(program.folder)/HEAD") {
            try FileManager.default.createDirectory(
                atPath: program.folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            try await program.run(["init", "--quiet", "--bare", "--template="])
        }
        try await program.run(
            [
                "fetch", "--quiet", "--prune", "--no-tags", "--no-auto-gc", "--", url, "+refs/heads/*:refs/heads/*",
                "+refs/tags/*:refs/tags/*",
            ],
            seconds: GitProgram.remoteSeconds
        )
    }

    /// What was fetched, sorted by name.
    ///
    /// - Parameter prefix: `refs/heads/` or `refs/tags/`.
    func refs(_ prefix: String) async throws -> [GitRef] {
        // A tag may be an object of its own; what it stands for is the commit.
        let format = "--format=%(refname) %(objectname) %(*objectname)"
        let output = try await program.run(["for-each-ref", format, prefix])
        return String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ")
            guard parts.count >= 2, let commit = parts.last else { return nil }
            return GitRef(name: String(parts[0]), commit: String(commit))
        }
    }

    /// The branch, tag or commit that a text means; nil when there is none.
    func resolve(_ text: String) async throws -> GitRef? {
        if GitAddress.isHash(text) {
            let known = try? await program.run(["cat-file", "-e", "\(text)^{commit}"])
            return known == nil ? nil : GitRef(name: text, commit: text)
        }
        let names = text.hasPrefix("refs/") ? [text] : ["refs/heads/\(text)", "refs/tags/\(text)"]
        for name in names where GitAddress.isBranchName(name) {
            guard name.hasPrefix("refs/heads/") || name.hasPrefix("refs/tags/") else { continue }
            if let found = try await refs(name).first(where: { $0.name == name }) { return found }
        }
        return nil
    }

    /// The message, the author and the time of a commit.
    func details(of commit: String) async throws -> (message: String, author: String, date: String) {
        let output = try await program.run(["show", "--no-patch", "--format=%an%n%aI%n%B", commit, "--"])
        let lines = String(decoding: output, as: UTF8.self).split(
            separator: "\n",
            maxSplits: 2,
            omittingEmptySubsequences: false
        )
        guard lines.count == 3 else { return ("", "", "") }
        let message = lines[2].reversed().drop { $0.isWhitespace }.reversed()
        return (String(message), String(lines[0]), String(lines[1]))
    }

    /// A file of a commit.
    struct File: Sendable, Hashable {
        /// Of its content: equal for equal content.
        var hash: String
        var bytes: [UInt8]
    }

    /// - Returns: nil when the commit has no such file.
    /// - Throws: ``GitFailure`` also when the file is too large.
    func file(_ path: String, at commit: String) async throws -> File? {
        let entries = try await program.run(["ls-tree", "-z", "--full-tree", commit, "--", path])
        let line = String(decoding: entries.prefix { $0 != 0 }, as: UTF8.self)
        let parts = line.prefix { $0 != "\t" }.split(separator: " ")
        guard parts.count == 3, parts[0].hasPrefix("100"), parts[1] == "blob" else { return nil }
        let bytes = try await program.run(["cat-file", "blob", String(parts[2])], limit: Self.largestFile)
        return File(hash: String(parts[2]), bytes: bytes)
    }

    /// The most files of a folder, and the most bytes of all of them.
    static let mostFiles = 2_000
    static let largestFolder = 64 << 20

    /// The files of a commit that are right inside a folder, by their names.
    ///
    /// - Throws: ``GitFailure`` also when there are too many, or one is too large.
    func files(in folder: String, at commit: String) async throws -> [String: File] {
        let listed = try await program.run(["ls-tree", "-z", "--full-tree", commit, "--", "\(folder)/"])
        var hashes: [(name: String, hash: String)] = []
        for entry in listed.split(separator: 0) {
            let line = String(decoding: entry, as: UTF8.self).split(separator: "\t", maxSplits: 1)
            guard line.count == 2, line[1].hasPrefix("\(folder)/") else { continue }
            let parts = line[0].split(separator: " ")
            guard parts.count == 3, parts[0].hasPrefix("100"), parts[1] == "blob" else { continue }
            hashes.append((String(line[1].dropFirst(folder.count + 1)), String(parts[2])))
        }
        guard hashes.count <= Self.mostFiles else {
            throw GitFailure.refused("\(folder) has \(hashes.count) files; the most are \(Self.mostFiles)")
        }
        let contents = try await contents(of: Set(hashes.map(\.hash)))
        return Dictionary(
            hashes.compactMap { name, hash in contents[hash].map { (name, File(hash: hash, bytes: $0)) } }
        ) { first, _ in first }
    }

    /// `<hash> blob <size>`, a line break, the bytes, a line break: for each.
    private func contents(of hashes: Set<String>) async throws -> [String: [UInt8]] {
        if hashes.isEmpty { return [:] }
        let input = Array(hashes.sorted().map { $0 + "\n" }.joined().utf8)
        let output = try await program.run(["cat-file", "--batch"], input: input, limit: Self.largestFolder)
        var result: [String: [UInt8]] = [:]
        var rest = output[...]
        while let end = rest.firstIndex(of: 0x0A) {
            let head = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
            guard head.count == 3, let size = Int(head[2]), rest.distance(from: end, to: rest.endIndex) > size + 1
            else {
                throw GitFailure.refused("git answered something unexpected")
            }
            guard size <= Self.largestFile else { throw GitFailure.printedTooMuch(limit: Self.largestFile) }
            let start = rest.index(after: end)
            result[String(head[0])] = Array(rest[start..<start + size])
            rest = rest[(start + size + 1)...]
        }
        return result
    }

    // MARK: Writing

    struct Author: Sendable {
        var name: String
        var email: String
    }

    /// Makes one commit of the files on top of `parent`, and pushes it. Nothing is changed anywhere before the push, and
    /// the push takes the branch along only when it still is at `parent`.
    ///
    /// - Parameters:
    ///   - removed: paths of files that are to go.
    ///   - parent: nil in an empty repository.
    ///   - isNewBranch: the branch must not exist yet.
    ///   - amends: the new commit takes the place of `parent`, on top of that one's own parent.
    /// - Returns: the commit; `parent` itself when it holds these files already.
    func commit(
        _ files: [String: [UInt8]],
        removing removed: [String] = [],
        to branch: String,
        parent: String?,
        isNewBranch: Bool = false,
        amends: Bool = false,
        message: String,
        author: Author
    ) async throws -> String {
        let index = "\(program.folder)/index-\(UUID().uuidString)"
        defer {
            try? FileManager.default.removeItem(atPath: index)
            try? FileManager.default.removeItem(atPath: "\(index).lock")
        }
        let variables = ["GIT_INDEX_FILE": index]
        if let parent { try await program.run(["read-tree", parent], variables: variables) }
        // The mode 0 takes a file away.
        var lines = removed.map { "0 \(String(repeating: "0", count: Self.hashLength))\t\($0)\u{0}" }.joined()
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
            let hash = try await hash(program.run(["hash-object", "-w", "--stdin", "--no-filters"], input: bytes))
            lines += "100644 \(hash)\t\(path)\u{0}"
        }
        try await program.run(
            ["update-index", "-z", "--add", "--index-info"],
            input: Array(lines.utf8),
            variables: variables
        )
        let tree = try await hash(program.run(["write-tree"], variables: variables))
        var commit = parent ?? ""
        if let parent, try await hash(program.run(["rev-parse", "--verify", "\(parent)^{tree}"])) == tree {
            if !isNewBranch { return parent }
        } else {
            commit = try await hash(
                program.run(
                    ["commit-tree", tree] + (try await ancestors(of: parent, amends)).flatMap { ["-p", $0] },
                    input: Array(message.utf8),
                    variables: identity(author)
                )
            )
        }
        try await push(commit, to: branch, expecting: isNewBranch ? nil : parent)
        return commit
    }

    private func ancestors(of parent: String?, _ amends: Bool) async throws -> [String] {
        guard let parent, amends else { return parent.map { [$0] } ?? [] }
        let output = try await program.run(["rev-list", "--parents", "-n", "1", parent])
        let hashes = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
        return Array(hashes.dropFirst())
    }

    /// Points a branch of the remote repository to a commit.
    ///
    /// - Parameter expecting: where the branch has to be; nil when it must not exist.
    func push(_ commit: String, to branch: String, expecting: String?) async throws {
        let ref = "refs/heads/\(branch)"
        try await program.run(
            [
                "push", "--quiet", "--no-verify", "--force-with-lease=\(ref):\(expecting ?? "")", "--", url,
                "\(commit):\(ref)",
            ],
            seconds: GitProgram.remoteSeconds
        )
        try await program.run(["update-ref", ref, commit])
    }

    /// Asks the remote repository whether this login may push, without pushing anything: rules about single branches, and
    /// hooks, are not asked.
    func tryPush() async throws {
        let tree = try await hash(program.run(["mktree"]))
        // The same object each time.
        let time = ["GIT_AUTHOR_DATE": "2000-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2000-01-01T00:00:00Z"]
        let variables = identity(Author(name: "Skerry", email: "skerry@localhost")).merging(time) { $1 }
        let commit = try await hash(
            program.run(["commit-tree", tree], input: Array("Test".utf8), variables: variables)
        )
        try await program.run(
            [
                "push", "--quiet", "--dry-run", "--no-verify", "--", url,
                "\(commit):refs/heads/skerry-connectivity-test",
            ],
            seconds: GitProgram.remoteSeconds
        )
    }

    private func hash(_ output: [UInt8]) throws -> String {
        let text = String(decoding: output.prefix(Self.hashLength), as: UTF8.self)
        guard GitAddress.isHash(text) else { throw GitFailure.refused("git answered something unexpected") }
        return text
    }

    private func identity(_ author: Author) -> [String: String] {
        let unfit: Set<Character> = ["<", ">", "\n", "\r", "\0"]
        let name = String(author.name.filter { !unfit.contains($0) }.prefix(200))
        let email = String(author.email.filter { !unfit.contains($0) }.prefix(200))
        return [
            "GIT_AUTHOR_NAME": name.isEmpty ? "unknown" : name, "GIT_AUTHOR_EMAIL": email,
            "GIT_COMMITTER_NAME": "Skerry", "GIT_COMMITTER_EMAIL": "skerry@localhost",
        ]
    }
}
