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

    nonisolated func repository(_ project: String, url: String, login: GitProgram.Login?) -> GitRepository {
        let program = GitProgram(folder: "\(root)/\(project).git", login: login, allowsLocal: allowsLocal)
        return GitRepository(url: url, program: program)
    }

    /// Runs `work` while no other request uses the copy of this project.
    nonisolated func exclusively<Result: Sendable>(
        _ project: String,
        _ work: @Sendable () async throws -> Result
    ) async throws -> Result {
        await enter(project)
        do {
            let result = try await work()
            await leave(project)
            return result
        } catch {
            await leave(project)
            throw error
        }
    }

    private func enter(_ project: String) async {
        guard !busy.insert(project).inserted else { return }
        await withCheckedContinuation { waiting[project, default: []].append($0) }
    }

    private func leave(_ project: String) {
        guard var queue = waiting[project], !queue.isEmpty else {
            busy.remove(project)
            return
        }
        let next = queue.removeFirst()
        waiting[project] = queue
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
