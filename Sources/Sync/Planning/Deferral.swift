import Catalog

extension Planner {
    /// Fields that refer to what later phases make are written once that exists (`sync.md` 2.12).
    func planDeferredFields() {
        for key in deferred {
            guard let pair = pairs[key], pair.isAvailable, let treatment = treatment(of: key) else { continue }
            let body = pair.source.body.objectValue ?? [:]
            let isNew = pair.destination == nil
            let candidates = treatment.kind.shape.fields(of: body).filter { field in
                field.syncPhase != nil && field.syncOwner != .derived && !isInGit(field, of: key)
                    && (isNew && !isLeftToDestination(field, key) || treatment.owner(of: field) == .source)
            }
            let phases = Set(candidates.compactMap(\.syncPhase)).sorted()
            for phase in phases {
                let fields = translate(pair, candidates.filter { $0.syncPhase == phase })
                let kept = withoutLostReleaseSettings(fields, pair, phase: phase)
                merge(kept, pair, treatment, phase: phase, isNew: isNew)
            }
        }
    }

    /// Not even written when the document is new.
    func isLeftToDestination(_ field: Field, _ key: EntityKey) -> Bool {
        let options = policy.options
        switch key.kind {
        case .tenants: return field.name == "ProjectEnvironments" && options.tenantLinks == .destination
        case .channels: return options.channelRules == .skip && Treatments.channelRules.contains(field.name)
        case .projects:
            return options.releaseCreation == .skip && Treatments.releaseSettings.contains(field.name)
        default: return false
        }
    }
}
