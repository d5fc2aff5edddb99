import Foundation

/// The copies of remote repositories that a server keeps, one for each project; each is used by one request at a time.
actor GitRepositories {
    nonisolated let root: String
    nonisolated let allowsLocal: Bool
    private var busy: Set<String> = []
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    /// - Parameters:
    ///   - root: the folder of the copies. What is in it can be fetched again.
    ///   - allowsLocal: whether repositories may be on this machine's disk.
    init(root: String, allowsLocal: Bool) {
        self.root = root
        self.allowsLocal = allowsLocal
    }

    /// - Parameter isTrial: in a copy of its own, since it may be another repository than the project's.
    nonisolated func repository(
        of project: Stored,
        url: String,
        login: GitProgram.Login?,
        isTrial: Bool = false
    ) -> GitRepository {
        let copy = project.id + (isTrial ? "-test" : "")
        let program = GitProgram(folder: "\(root)/\(copy).git", login: login, allowsLocal: allowsLocal)
        return GitRepository(url: url, project: project.name, copy: copy, program: program)
    }

    /// Runs `work` with a copy that is up to date, while no other request uses it.
    ///
    /// - Throws: `APIProblem` for what git cannot do, and what `work` throws.
    nonisolated func use<Result: Sendable>(
        _ repository: GitRepository,
        _ work: @Sendable (GitRepository) async throws -> Result
    ) async throws -> Result {
        await enter(repository.copy)
        do {
            try await repository.fetch()
            let result = try await work(repository)
            await leave(repository.copy)
            return result
        } catch {
            await leave(repository.copy)
            if let failure = error as? GitFailure { throw repository.problem(failure) }
            throw error
        }
    }

    private func enter(_ copy: String) async {
        guard !busy.insert(copy).inserted else { return }
        await withCheckedContinuation { waiting[copy, default: []].append($0) }
    }

    private func leave(_ copy: String) {
        guard var queue = waiting[copy], !queue.isEmpty else {
            busy.remove(copy)
            return
        }
        let next = queue.removeFirst()
        waiting[copy] = queue
        next.resume()
    }

    /// Removes the copies of all projects but these.
    nonisolated func prepare(keeping projects: Set<String>) throws {
        guard FileManager.default.fileExists(atPath: root) else { return }
        for name in try FileManager.default.contentsOfDirectory(atPath: root)
        where name.hasSuffix(".git") && !projects.contains(String(name.dropLast(4))) {
            try FileManager.default.removeItem(atPath: "\(root)/\(name)")
        }
    }
}
