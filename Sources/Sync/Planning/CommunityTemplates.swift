import Catalog

/// Step templates of the community library: installed from the destination's own catalogue, known by the id that a
/// template has everywhere (`sync.md` 2.2).
extension Planner {
    /// The community template that a step template of either side is a copy of; nil for one of one's own, and where the
    /// server's catalogue no longer has it.
    func communityTemplate(_ body: JSON) -> EntityKey? {
        guard case .resolved(let key)? = body["CommunityActionTemplateId"].flatMap(NormalReference.init(json:)) else {
            return nil
        }
        return key
    }

    /// What an install at the destination would make, if its catalogue has the template.
    func installable(_ stepTemplate: Entity) -> Entity? {
        communityTemplate(stepTemplate.body).flatMap { destination[$0] }
    }

    /// The destination's copy of the same community template, whatever it is called.
    func installedCounterpart(of stepTemplate: Entity) -> Entity? {
        guard let community = communityTemplate(stepTemplate.body) else { return nil }
        return destination.entities(of: .stepTemplates).first { communityTemplate($0.body) == community }
    }

    /// - Returns: false for a step template of one's own.
    func planCommunityTemplate(_ pair: Pair, _ treatment: Treatment) -> Bool {
        guard pair.source.key.kind == .stepTemplates, !treatment.subtype(of: pair.source.body).isEmpty else {
            return false
        }
        if let present = pair.destination {
            planUpdateOfInstalled(present, pair, treatment)
        } else {
            planInstallation(pair, treatment)
        }
        return true
    }

    private func planInstallation(_ pair: Pair, _ treatment: Treatment) {
        guard let offered = installable(pair.source) else { return markUnavailable(pair.source.key) }
        addInstallation(.create, offered.body, pair, treatment)
        if !hasSameContent(offered.body, pair.source.body) { noteOtherVersion(pair) }
    }

    private func planUpdateOfInstalled(_ present: Entity, _ pair: Pair, _ treatment: Treatment) {
        if treatment.comparesFields, let offered = neededUpdate(of: present, pair) {
            return addInstallation(.update, offered.body, pair, treatment)
        }
        // Without its catalogue nobody knows whether it is another version, or kept by another release.
        if treatment.comparesFields, installable(pair.source) != nil, !hasSameContent(present.body, pair.source.body) {
            noteOtherVersion(pair)
        }
        remember(pair, treatment, agreed: [], disputed: [])
    }

    /// What the destination's catalogue has, where that is what the source uses and the installed copy is not.
    private func neededUpdate(of present: Entity, _ pair: Pair) -> Entity? {
        guard !hasSameContent(present.body, pair.source.body), let offered = installable(pair.source),
            hasSameContent(offered.body, pair.source.body)
        else { return nil }
        return offered
    }

    /// The name that the destination's copy of a community template has in the end: nobody renames it, but an update
    /// takes the name of the catalogue. Nil for everything else.
    func nameOfInstalled(_ pair: Pair) -> String? {
        guard pair.source.key.kind == .stepTemplates, let present = pair.destination,
            communityTemplate(pair.source.body) != nil
        else { return nil }
        return neededUpdate(of: present, pair)?.body["Name"]?.stringValue ?? present.key.name
    }

    private func noteOtherVersion(_ pair: Pair) {
        notice(
            "community-template-version",
            pair.finalKey,
            "the destination's catalogue has another version of this community template than the source installed; "
                + "load the same version into it, or update the template at the source"
        )
    }

    /// The server makes the copy; the plan says what it will be.
    private func addInstallation(_ action: Operation.Action, _ body: JSON, _ pair: Pair, _ treatment: Treatment) {
        let before = pair.destination?.body
        var after = body
        after["Name"] = .string(pair.finalKey.name)
        bodies[pair.lineage] = after
        remember(pair, treatment, agreed: [], disputed: [])
        add(
            Operation(
                phase: treatment.phase,
                action: action,
                key: pair.finalKey,
                lineage: pair.lineage,
                fields: before.map { changes(from: $0, to: after) } ?? [],
                after: after,
                sourceHash: Fingerprint.hash(body: pair.source.body),
                hashBefore: before.map { Fingerprint.hash(body: $0) } ?? "",
                hashAfter: Fingerprint.hash(body: after)
            ),
            finalKey: pair.finalKey
        )
    }

    private func changes(from before: JSON, to after: JSON) -> [FieldChange] {
        (after.objectValue ?? [:]).compactMap { name, value in
            guard before[name] != value else { return nil }
            return FieldChange(path: name, from: before[name], to: value, rule: "community template")
        }
    }

    /// What the authors of a template decide. Ids that a server does not know mean nothing on any, and servers differ in
    /// what they put where nothing was given.
    private func hasSameContent(_ left: JSON, _ right: JSON) -> Bool {
        ["ActionType", "Properties", "Parameters", "Packages"].allSatisfy { field in
            left[field]?.meaningful == right[field]?.meaningful
        }
    }
}

extension JSON {
    /// The same without empty members and references that name nothing known.
    fileprivate var meaningful: JSON {
        switch self {
        case .array(let elements): return .array(elements.map(\.meaningful))
        case .object(let object):
            return .object(
                JSONObject(
                    object.compactMap { name, value in
                        if value.isNull || value == "" { return nil }
                        if case .unresolved? = NormalReference(json: value) { return nil }
                        return (name, value.meaningful)
                    }
                )
            )
        default: return self
        }
    }
}
