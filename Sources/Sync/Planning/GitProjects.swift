import Catalog

/// Projects whose process is kept in a Git repository: sync sees to what the database holds, and Git carries the rest.
extension Planner {
    /// The project that a source entity is, or is a part of, when it is kept in Git.
    func gitPlace(ofSource key: EntityKey) -> GitPlace? {
        if input.source.gitProjects.isEmpty { return nil }
        return input.source.gitProjects[Self.project(of: key)]
    }

    /// The destination's project of a source entity, when it is kept in Git.
    private func gitPlace(ofDestinationOf key: EntityKey) -> GitPlace? {
        pairs[Self.project(of: key)]?.destination.flatMap { input.destination.gitProjects[$0.key] }
    }

    private static func project(of key: EntityKey) -> EntityKey {
        if key.kind == .projects { return key }
        // Variable sets say first what kind of thing owns them.
        let name = key.kind == .variableSets ? key.path.dropFirst().first : key.path.first
        guard key.kind != .variableSets || key.path.first == KindName.projects.rawValue else {
            return EntityKey(.projects, "")
        }
        return EntityKey(.projects, name ?? "")
    }

    /// Comes from a repository on one side at least, so that sync leaves it alone.
    func isInGit(_ key: EntityKey) -> Bool {
        guard let mine = gitPlace(ofSource: key) else { return false }
        return mine.holds(key.kind) || gitPlace(ofDestinationOf: key)?.holds(key.kind) ?? false
    }

    func isInGit(_ field: Field?, of key: EntityKey) -> Bool {
        guard key.kind == .projects, let field, GitPlace.fields.contains(field.name) else { return false }
        return gitPlace(ofSource: key).map { !$0.isRead } ?? false
    }

    /// Whether two projects of one name can be kept in step.
    ///
    /// - Returns: false, with a conflict, when one of them is in Git only, or both are one folder of one repository.
    func mayPairInGit(_ source: Entity, _ destination: Entity) -> Bool {
        guard source.key.kind == .projects else { return true }
        switch (input.source.gitProjects[source.key], input.destination.gitProjects[destination.key]) {
        case (nil, nil): return true
        case (let mine?, let theirs?):
            guard mine.isSamePlace(as: theirs) else { return isReadable(mine, theirs, destination.key) }
            conflict(
                "same-repository",
                destination.key,
                "both servers keep this project in \(theirs.folder) of \(theirs.url): each would see the other's commits "
                    + "at once; give the destination a repository, a fork or a folder of its own, or leave the project out"
            )
        case (let mine, _):
            conflict(
                "kind",
                destination.key,
                "PersistenceSettings",
                "the \(mine == nil ? "destination" : "source") keeps this project in Git and the other side in its "
                    + "database; convert that one too, or leave the project out"
            )
        }
        return false
    }

    private func isReadable(_ mine: GitPlace, _ theirs: GitPlace, _ key: EntityKey) -> Bool {
        for (side, place) in [("source", mine), ("destination", theirs)] {
            guard case .problem(let problem) = place.reading else { continue }
            conflict(
                "git-unreadable",
                key,
                "the \(side)'s repository of this project cannot be read at \(problem); mend that, name another branch "
                    + "with cacBranch, or write cac: settingsOnly"
            )
            return false
        }
        return true
    }

    /// Says what Git carries for each project that is synced.
    func noteGitProjects() {
        for (key, place) in input.source.gitProjects.sorted(by: { $0.key < $1.key }) {
            guard let pair = pairs[key], pair.isPlanned, pair.destination != nil else { continue }
            let theirs = pair.destination.flatMap { input.destination.gitProjects[$0.key] }
            let content = place.content(with: theirs)
            if case (.branch(let from), .branch(let to)?) = (place.reading, theirs?.reading) {
                let message =
                    "read at \(from) of the source and \(to) of the destination; what changes of \(content) is committed "
                    + "to a branch skerry-sync/… for you to merge, as far as the destination keeps it in Git"
                notice("kept-in-git", pair.finalKey, "", message)
                continue
            }
            notice("kept-in-git", pair.finalKey, "", "\(content) come from its repository and are not synced")
        }
    }
}
