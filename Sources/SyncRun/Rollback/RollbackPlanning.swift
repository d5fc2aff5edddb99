import APIClient
import Catalog
public import Sync

extension SyncFlow {
    /// The plan that undoes a run. Reads the destination only; writes nothing.
    ///
    /// - Parameter leavesChanged: what somebody changed since the run is left as it is, instead of being a conflict.
    /// - Throws: `SyncRunError.refused` for a run that is unknown, or still goes on.
    public func rollbackPlan(of run: String, leavesChanged: Bool) async throws -> Plan {
        let state = try await store.load(for: pair)
        return try await compareRollback(of: run, leavesChanged: leavesChanged, state: state).plan
    }

    func compareRollback(of run: String, leavesChanged: Bool, state: SyncState) async throws -> Comparison {
        guard let history = try await store.history(of: run) else {
            throw SyncRunError.refused(
                reason: "there is no run '\(run)' in \(store.path); `skerry sync runs` lists those that there are"
            )
        }
        guard !history.images.isEmpty || !history.packages.isEmpty else {
            throw SyncRunError.refused(
                reason: """
                    what run '\(run)' found is not remembered: it wrote nothing, or more than \
                    \(StateStore.rememberedImages) runs came after it
                    """
            )
        }
        var readSet = ReadSet.everything(catalog)
        readSet.withLogoContent = history.images.contains { $0.kind == .logos }
        var raw = try await ReplicaReading(client: destination, readSet: readSet, progress: observer.reading).read()
        try await readBranches(.destination, readSet, into: &raw)
        // What the links tell needs no fetching.
        raw.documents[.logos] = raw.documents[.logos] ?? LogoTag.documents(raw.documents, catalog: catalog)
        let (images, unmerged) = await settlingBranches(history.images, raw)
        var outcome = makeRollbackPlan(
            RollbackInput(
                images: images,
                packages: history.packages,
                documents: raw.documents,
                source: ReplicaIdentity(source.identity),
                destination: raw.identity,
                eventCursor: raw.eventCursor,
                policyDigest: policy.digest,
                state: state,
                previous: history.previous,
                leavesChanged: leavesChanged,
                catalog: catalog
            )
        )
        outcome.plan.notices += try await unmergedBranches(of: history.planID, unmerged, raw)
        return Comparison(
            sourcePackages: [],
            destination: raw,
            // What goes back comes from the destination: it holds no ids of the source.
            sourceIDs: [],
            plan: outcome.plan,
            proposedState: outcome.proposedState.completed(with: raw.replica(catalog))
        )
    }
}

/// What a run committed to a branch is in effect once people have merged it.
extension SyncFlow {
    /// Takes what was not merged out of what the run left: there is nothing to undo of it.
    ///
    /// - Returns: the images, and the ids of the projects of which something was not merged.
    private func settlingBranches(
        _ images: [RollbackInput.Image],
        _ raw: RawReplica
    ) async -> (images: [RollbackInput.Image], unmerged: Set<String>) {
        guard let git = gitBranches[.destination] else { return (images, []) }
        var images = images
        var unmerged: Set<String> = []
        let places = Dictionary(grouping: images.indices) { DocumentPlace(kind: images[$0].kind, id: images[$0].id) }
        var known: [KindName: [String: JSON]] = [:]
        for kind in Set(places.keys.map(\.kind)) { known[kind] = raw.documents[kind]?.byID }
        var undone: Set<Int> = []
        for (document, indices) in places {
            if let project = await projectOfUnmergedRunbook(indices.map { images[$0] }, known, git) {
                unmerged.insert(project)
                undone.formUnion(indices)
                continue
            }
            guard let place = await git.place(of: document.kind, document.id),
                let before = indices.first.flatMap({ images[$0].before }),
                let after = indices.last.flatMap({ images[$0].after }),
                let now = known[document.kind]?[document.id]
            else { continue }
            let (old, new) = (
                GitDocuments.content(of: before, document.kind), GitDocuments.content(of: after, document.kind)
            )
            guard old != new, GitDocuments.content(of: now, document.kind) == old else { continue }
            unmerged.insert(place.project)
            for index in indices {
                images[index].after = images[index].after.map {
                    GitDocuments.replacingContent(of: $0, by: before, document.kind)
                }
            }
        }
        return (images.indices.filter { !undone.contains($0) }.map { images[$0] }, unmerged)
    }

    /// Of a runbook, or its process, that the run made and that is not there, or that it deleted and that is still there.
    private func projectOfUnmergedRunbook(
        _ images: [RollbackInput.Image],
        _ known: [KindName: [String: JSON]],
        _ git: GitBranches
    ) async -> String? {
        guard let first = images.first, let last = images.last,
            first.kind == .runbooks || first.kind == .runbookProcesses,
            let document = last.after ?? first.before, let project = document["ProjectId"]?.stringValue,
            await git.place(ofNew: .runbooks, project: project) != nil
        else { return nil }
        let now = known[first.kind]?[first.id]
        guard last.after != nil else {
            guard let now, let before = first.before else { return nil }
            let kept = GitDocuments.content(of: now, first.kind) == GitDocuments.content(of: before, first.kind)
            return kept ? project : nil
        }
        // A runbook that the run made came with an empty process of the server's.
        let isNew = first.before.map { $0["Steps"]?.arrayValue?.isEmpty == true } ?? true
        return now == nil && isNew ? project : nil
    }

    /// Sync deletes no branch: it may be under review.
    private func unmergedBranches(of plan: String, _ projects: Set<String>, _ raw: RawReplica) async throws -> [Notice]
    {
        let branch = GitBranches.name(forPlan: plan)
        let known = (raw.documents[.projects] ?? []).byID
        var notices: [Notice] = []
        for id in projects.sorted() {
            do {
                guard try await destination.hasBranch(branch, project: id) else { continue }
            } catch let error as APIError {
                throw SyncRunError.api(error)
            }
            let name = known[id]?["Name"]?.stringValue ?? id
            notices.append(
                Notice(
                    code: "branch-not-merged",
                    key: EntityKey(.projects, name),
                    message: """
                        what the run committed to the branch '\(branch)' of its repository is not merged, so there is \
                        nothing to undo; delete the branch there, so that nobody merges it
                        """
                )
            )
        }
        return notices
    }
}

extension ReadSet {
    /// All that a key may see: whoever deletes must know all that refers to it.
    static func everything(_ catalog: Catalog) -> ReadSet {
        var result = ReadSet(lists: [], required: [], withVariableSets: true, withTenantVariables: true)
        let own: Set<KindName> = [.spaces, .events, .users, .variableSets, .tenantVariables, .deploymentSettings]
        result.lists = catalog.kinds.filter { kind in
            kind.operations.contains(.list) && !own.contains(kind.name) && kind.sync.mode != .impossible
        }.map(\.name)
        return result
    }
}
