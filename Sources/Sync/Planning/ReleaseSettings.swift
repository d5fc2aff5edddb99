import Catalog

/// Settings of a project that depend on a step or a channel which may stay behind.
extension Planner {
    /// The fields of one later phase without those that would mean something else at the destination.
    func withoutLostReleaseSettings(_ fields: [TranslatedField], _ pair: Pair, phase: SyncPhase) -> [TranslatedField] {
        guard pair.source.key.kind == .projects else { return fields }
        switch phase {
        case .versioning:
            return fields.filter { $0.name != "VersioningStrategy" || keepsDonor(pair) }
        case .releaseCreation:
            return keepsReleaseCreation(pair) ? fields : []
        default: return fields
        }
    }

    /// E-76: releases are numbered after the package of a step that the destination does not get.
    private func keepsDonor(_ pair: Pair) -> Bool {
        let strategy = pair.source.body["VersioningStrategy"] ?? .null
        guard let step = lostStep(strategy, ["DonorPackage", "DonorPackageStepId"], pair) else { return true }
        notice(
            "donor-step-excluded",
            pair.finalKey,
            "VersioningStrategy",
            "the source numbers releases after the package of '\(step)', which does not go over; the destination's own "
                + "numbering stays"
        )
        return false
    }

    /// E-77: new packages make releases in a channel, or after a step, that the destination does not get.
    private func keepsReleaseCreation(_ pair: Pair) -> Bool {
        guard pair.source.body["AutoCreateRelease"] == true else { return true }
        let strategy = pair.source.body["ReleaseCreationStrategy"] ?? .null
        var lost = lostStep(strategy, ["ReleaseCreationPackage", "ReleaseCreationPackageStepId"], pair)
            .map { "the step '\($0)'" }
        if case .resolved(let channel) = strategy["ChannelId"].flatMap(NormalReference.init(json:)) {
            if case .keys(let keys) = resolve(channel), !keys.isEmpty {} else { lost = "the channel '\(channel.name)'" }
        }
        guard let lost else { return true }
        notice(
            "release-creation-off",
            pair.finalKey,
            "AutoCreateRelease",
            "the source makes releases by itself with \(lost), which does not go over; at the destination this stays "
                + "as it is (off, where it is new)"
        )
        return false
    }

    /// - Parameter fields: where the step stands: as a package of an action, by the action's name, or as the action.
    private func lostStep(_ strategy: JSON, _ fields: [String], _ pair: Pair) -> String? {
        for field in fields {
            let value = strategy[field] ?? .null
            if case .resolved(let action) = NormalReference(json: value) {
                if case .keys = resolve(action) { continue }
                return action.name
            }
            guard let name = value["DeploymentAction"]?.stringValue, !name.isEmpty else { continue }
            let folded = EntityKey.folded(name)
            let isLost = droppedActions.contains { action in
                action.foldedPath.last == folded && action.owner == pair.source.key
            }
            if isLost { return name }
        }
        return nil
    }
}
