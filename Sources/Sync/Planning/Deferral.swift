import Catalog

extension Planner {
    /// Fields that refer to what later phases make are written once that exists (`sync.md` 2.12).
    func planDeferredFields() {
        for key in deferred {
            guard let pair = pairs[key], pair.isAvailable, let treatment = treatments[key.kind] else { continue }
            let body = pair.source.body.objectValue ?? [:]
            let isNew = pair.destination == nil
            let candidates = treatment.kind.shape.fields(of: body).filter { field in
                field.syncPhase != nil && field.syncOwner != .derived
                    && (isNew && !isLeftToDestination(field, key) || treatment.owner(of: field) == .source)
            }
            let phases = Set(candidates.compactMap(\.syncPhase)).sorted()
            for phase in phases {
                var fields = translate(pair, candidates.filter { $0.syncPhase == phase })
                if key.kind == .projects { settleReleases(&fields, pair) }
                merge(fields, pair, treatment, phase: phase, isNew: isNew)
            }
        }
    }

    /// Not even written when the document is new.
    private func isLeftToDestination(_ field: Field, _ key: EntityKey) -> Bool {
        switch key.kind {
        case .tenants: field.name == "ProjectEnvironments" && policy.options.tenantLinks == .destination
        case .projects:
            policy.options.releaseCreation == .skip
                && ["AutoCreateRelease", "ReleaseCreationStrategy", "VersioningStrategy"].contains(field.name)
        default: false
        }
    }

    /// Numbers and automatic releases that need a step or a channel which stays behind (E-76, E-77).
    private func settleReleases(_ fields: inout [TranslatedField], _ pair: Pair) {
        if let index = fields.firstIndex(where: { $0.name == "VersioningStrategy" }),
            usesLostAction(pair.source.body["VersioningStrategy"], fields[index], pair)
        {
            notice(
                "donor-excluded",
                pair.source.key,
                "VersioningStrategy",
                "the step whose package gives the number does not go over; the destination's own strategy is kept"
            )
            fields.remove(at: index)
        }
        guard let strategy = fields.first(where: { $0.name == "ReleaseCreationStrategy" }),
            let automatic = fields.firstIndex(where: { $0.name == "AutoCreateRelease" }),
            fields[automatic].value == true
        else { return }
        let source = pair.source.body["ReleaseCreationStrategy"]
        let losesChannel = source?["ChannelId"]?.isNull == false && strategy.value["ChannelId"]?.isNull ?? true
        guard losesChannel || usesLostAction(source, strategy, pair) else { return }
        fields[automatic].value = false
        notice(
            "release-creation-off",
            pair.source.key,
            "AutoCreateRelease",
            "the channel or the step that makes releases does not go over; automatic releases stay off"
        )
    }

    /// A package of a step is named by the step's id or by its name.
    private func usesLostAction(_ source: JSON?, _ field: TranslatedField, _ pair: Pair) -> Bool {
        for name in ["DonorPackageStepId", "ReleaseCreationPackageStepId"] {
            if source?[name]?.isNull == false, field.value[name]?.isNull ?? true { return true }
        }
        for name in ["DonorPackage", "ReleaseCreationPackage"] {
            guard let action = source?[name]?["DeploymentAction"]?.stringValue, !action.isEmpty else { continue }
            let folded = EntityKey.folded(action)
            if droppedActions.contains(where: { $0.owner == pair.source.key && $0.foldedPath.last == folded }) {
                return true
            }
        }
        return false
    }
}
