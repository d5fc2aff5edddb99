import Catalog

extension Planner {
    /// Which packages the synced processes use, and which of them the destination lacks (S-54, S-100 to S-102).
    func planPackages() {
        guard policy.packages.mode != .skip, let here = source.replica.packages,
            let there = destination.replica.packages
        else { return }
        for (packageID, users) in usedPackages().sorted(by: { $0.key < $1.key }) {
            let (mine, theirs) = (here[packageID], there[packageID])
            if let theirs, mine.map({ $0.version <= theirs.version }) ?? true { continue }
            var need = PackageNeed(
                packageID: mine?.packageID ?? packageID,
                version: mine?.version.description ?? "",
                versionAtDestination: theirs?.version.description ?? "",
                size: mine?.size ?? 0,
                neededBy: users.sorted(),
                isCopied: false
            )
            if policy.packages.mode == .copyMissing, let mine { need.isCopied = copies(mine) }
            packages.append(need)
        }
    }

    /// By folded package id. A process that computes the id is nobody's to foresee.
    private func usedPackages() -> [String: Set<EntityKey>] {
        var users: [String: Set<EntityKey>] = [:]
        let builtIn = NormalReference.resolved(EntityKey(.feeds, "@builtin")).json
        for key in planned where key.kind == .deploymentProcesses || key.kind == .runbookProcesses {
            guard let pair = pairs[key], pair.isAvailable,
                let body = bodies[pair.lineage] ?? pair.destination?.body
            else { continue }
            for step in body["Steps"]?.arrayValue ?? [] {
                for package in (step["Actions"]?.arrayValue ?? []).flatMap({ $0["Packages"]?.arrayValue ?? [] })
                where package["FeedId"] == builtIn {
                    guard let id = package["PackageId"]?.stringValue, !id.isEmpty, !id.contains("#{") else { continue }
                    users[EntityKey.folded(id), default: []].insert(pair.finalKey)
                }
            }
        }
        return users
    }

    /// - Returns: false for one that is larger than the policy allows.
    private func copies(_ package: ReplicaPackages.Item) -> Bool {
        let key = EntityKey(.packages, package.packageID, package.version.description)
        guard package.size <= policy.packages.maxBytes else {
            notice(
                "package-too-large",
                key,
                "has \(package.size) bytes; packages.maxBytes allows \(policy.packages.maxBytes). Push it to the "
                    + "destination from the build server, or raise the limit"
            )
            return false
        }
        let after: JSON = [
            "PackageId": .string(package.packageID), "Version": .string(package.version.description),
            "FileExtension": .string(package.fileExtension), "PackageSizeBytes": .int(package.size),
            "Hash": .string(package.hash),
        ]
        let identity = input.source.identity
        let text = [identity.installationID, identity.spaceID, "packages"] + key.foldedPath
        let operation = Operation(
            phase: .packages,
            action: .create,
            key: key,
            lineage: String(Fingerprint.hash(Array(text.joined(separator: "\u{1F}").utf8)).prefix(32)),
            after: after,
            sourceHash: Fingerprint.hash(body: after),
            hashAfter: Fingerprint.hash(body: after)
        )
        add(operation, finalKey: key)
        return true
    }
}
