/// Why `git` did not do what it was asked. Texts are what it said, without secrets.
enum GitFailure: Error, Sendable, Hashable {
    case notInstalled
    /// The remote repository does not take the user name and the password, or wants some and there are none.
    case signInRefused
    /// Signed in, and not permitted.
    case forbidden(String, isPush: Bool)
    case noRepository
    /// A rule of the remote repository: a hook, a protected branch.
    case declined(String)
    case refused(String)
    case tookTooLong(seconds: Int)
    case printedTooMuch(limit: Int)

    /// - Parameters:
    ///   - message: what git said.
    ///   - isPush: it was to write to the remote repository.
    init(saying message: String, isPush: Bool) {
        func says(_ texts: String...) -> Bool { texts.contains { message.contains($0) } }
        self =
            if says("Authentication failed for", "could not read Username", "returned error: 401") {
                .signInRefused
            } else if says("returned error: 403") {
                .forbidden(message, isPush: isPush)
            } else if says("returned error: 404", "' not found") {
                .noRepository
            } else if isPush, says("[remote rejected]") {
                .declined(message)
            } else {
                .refused(message)
            }
    }

    /// The remote repository is not as it was when it was last looked at.
    var isOutrun: Bool {
        guard case .refused(let message) = self else { return false }
        return message.contains("stale info") || message.contains("[rejected]")
    }
}

extension GitRepository {
    /// A failure as whoever sent the request is told of it: which project, which repository, what to do.
    func problem(_ failure: GitFailure) -> APIProblem {
        if failure.isOutrun {
            return .invalid(
                "The branch was changed by someone else meanwhile. Read it again, then repeat your change."
            )
        }
        return .invalid(words(for: failure))
    }

    private func words(for failure: GitFailure) -> String {
        let place = "the repository \(url) of the project '\(project)'"
        let start = "The" + place.dropFirst(3)
        let login = program.login.map { "the Git credential '\($0.credential)'" }
        let someone = login ?? "whoever has no Git credential"
        switch failure {
        case .signInRefused:
            guard let login else {
                return
                    "\(start) wants a user name and a password. Make a Git credential that holds them, and name it in the "
                    + "version control settings of the project."
            }
            return
                "\(start) does not accept \(login): its user name is wrong, or its password or token is wrong or has "
                + "expired. Enter a new one in the Git credential."
        case .forbidden(let words, isPush: true):
            return
                "\(someone.capitalizedFirst) may not push to \(place); nothing was written. Give it a token that may "
                + "write, or let its user write there. Git says: \(words)"
        case .forbidden(let words, isPush: false):
            return "\(someone.capitalizedFirst) may not read \(place). Give it a token that may. Git says: \(words)"
        case .noRepository:
            return
                "There is no repository at \(url), which the project '\(project)' names, or \(someone) may not see it. "
                + "Look at the address in the version control settings of the project, and at what the credential may see."
        case .declined(let words):
            return
                "\(start) declines the change; nothing was written. Write to another branch, or change the rule there. "
                + "Git says: \(words)"
        case .notInstalled:
            return "\(start) cannot be used: git is not installed on the server's machine, or not on its PATH."
        case .refused(let words): return "\(start) cannot be used. Git says: \(words)"
        case .tookTooLong(let seconds): return "\(start) cannot be used: git was stopped after \(seconds) seconds."
        case .printedTooMuch(let limit):
            return "\(start) cannot be used: there is more than the limit of \(limit) bytes."
        }
    }
}
