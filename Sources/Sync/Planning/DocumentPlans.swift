import Catalog

extension Planner {
    /// Plans everything but variable values, kind by kind in the order of the phases.
    func planDocuments() {
        for key in planned where key.kind != .variableSets && key.kind != .tenantVariables {
            guard let pair = pairs[key], pair.isAvailable, let treatment = treatment(of: key) else { continue }
            if let owner = key.owner, pairs[owner]?.isAvailable == false {
                markUnavailable(key)
                continue
            }
            if isMadeElsewhere(pair, treatment) || planCommunityTemplate(pair, treatment) { continue }
            if pair.destination == nil {
                planCreation(pair, treatment)
            } else {
                planUpdate(pair, treatment)
            }
        }
    }

    /// What sync cannot make: a certificate, whose content no server tells.
    private func isMadeElsewhere(_ pair: Pair, _ treatment: Treatment) -> Bool {
        guard treatment.name == .certificates && pair.destination == nil else { return false }
        markUnavailable(pair.source.key)
        skip("certificate-missing", pair.source.key, "", rule: "certificates.onMissing: report")
        return true
    }

    // MARK: - Creation

    private func planCreation(_ pair: Pair, _ treatment: Treatment) {
        let translated = translate(pair, treatment) { field in
            field?.syncPhase == nil && !(field.map { isLeftToDestination($0, pair.source.key) } ?? false)
        }
        guard let fields = withinCaps(translated, of: pair, present: nil) else {
            return markUnavailable(pair.source.key)
        }
        if refuses(fields, pair, treatment) { return markUnavailable(pair.source.key) }
        for field in fields { report(field.issues, of: pair.source.key) }
        let body = newBody(fields, pair, treatment)
        let isWidened = fields.contains(where: \.isWidened)
        let sourceHash = Fingerprint.hash(body: pair.source.body)
        let operation = Operation(
            phase: treatment.phase,
            action: .create,
            key: pair.finalKey,
            lineage: pair.lineage,
            fields: [],
            after: body,
            sourceHash: sourceHash,
            hashAfter: body.isSame(as: pair.source.body) ? sourceHash : Fingerprint.hash(body: body),
            risks: isWidened ? [.widening] : []
        )
        bodies[pair.lineage] = body
        if treatment.name == .runbooks {
            notice(
                "runbook-unpublished",
                pair.finalKey,
                "nothing of it is published at the destination until a person does"
            )
        }
        remember(pair, treatment, agreed: fields, disputed: [])
        add(operation, finalKey: pair.finalKey)
        if treatment.hasDeferredFields { deferred.append(pair.source.key) }
    }

    /// A document without what it needs, or with less restriction than at the source, is not made.
    private func refuses(_ fields: [TranslatedField], _ pair: Pair, _ treatment: Treatment) -> Bool {
        for field in fields where field.missingRequired != nil {
            refuseMissing(field, pair, treatment)
            return true
        }
        for field in fields {
            guard let issue = field.refusedWidening else { continue }
            skip("widening-refused", pair.source.key, issue.pathText, rule: "widening: \(policy.widening.rawValue)")
            return true
        }
        return false
    }

    /// Something that the document cannot do without stays behind.
    private func refuseMissing(_ field: TranslatedField, _ pair: Pair, _ treatment: Treatment) {
        guard let issue = field.missingRequired else { return }
        if treatment.kind.sync.leavesOutIncomplete {
            return skip("incomplete", pair.source.key, issue.pathText, rule: "needs \(issue.lost)")
        }
        conflict(
            "missing-required",
            pair.source.key,
            issue.pathText,
            source: pair.source.body[field.name],
            "needs \(issue.lost), which the destination does not have and this plan does not bring"
        )
    }

    private func newBody(_ fields: [TranslatedField], _ pair: Pair, _ treatment: Treatment) -> JSON {
        var body = JSONObject(fields.map { ($0.name, $0.value) })
        if treatment.kind.naturalKey.contains("Name") { body["Name"] = .string(pair.finalKey.name) }
        if treatment.name == .lifecycles, policy.lifecyclePhases == .exclude, treatment.mode != .exact {
            body["Phases"] = []
        }
        if treatment.name == .channels, policy.options.defaultChannel == .destination, hasOwnDefault(pair) {
            body["IsDefault"] = false
        }
        let object = pair.source.body.objectValue ?? [:]
        for field in treatment.kind.shape.fields(of: object) where field.syncPhase != nil && field.syncOwner != .derived
        {
            body[field.name] = field.emptyValue.withoutSecretStates
        }
        for field in treatment.kind.shape.fields(of: object) {
            if let initial = field.syncInitial { body[field.name] = initial }
        }
        return .object(body)
    }

    /// The channel comes into a project of the destination that has a default already.
    private func hasOwnDefault(_ channel: Pair) -> Bool {
        guard let project = channel.finalKey.owner, let source = channel.source.key.owner,
            let current = pairs[source]?.destination?.key ?? destination[project]?.key
        else { return false }
        return destination.entities(of: .channels).contains { $0.key.owner == current && $0.body["IsDefault"] == true }
    }

    // MARK: - Update

    private func planUpdate(_ pair: Pair, _ treatment: Treatment) {
        defer { if treatment.comparesFields, treatment.hasDeferredFields { deferred.append(pair.source.key) } }
        guard comparesAnything(treatment) else { return remember(pair, treatment, agreed: [], disputed: []) }
        let translated = translate(pair, treatment) { field in
            field?.syncPhase == nil && self.isCompared(field, treatment) && !self.isInGit(field, of: pair.source.key)
        }
        guard let fields = withinCaps(translated, of: pair, present: pair.destination?.body) else { return }
        merge(fields, pair, treatment, phase: treatment.phase, isNew: false)
    }

    private func comparesAnything(_ treatment: Treatment) -> Bool {
        treatment.comparesFields || treatment.owners.values.contains { $0.owner == .source }
            || (treatment.name == .lifecycles && comparesPhases(treatment))
    }

    /// Whether the source has a say about this field after creation.
    func isCompared(_ field: Field?, _ treatment: Treatment) -> Bool {
        guard let field else { return treatment.comparesFields }
        if treatment.kind.naturalKey.contains(field.name) { return false }
        // A line of its own gives a field a say in every type that is synced.
        if let line = treatment.owners[field.name], field.syncOwner != .derived { return line.owner == .source }
        if treatment.name == .lifecycles, field.name == "Phases" { return comparesPhases(treatment) }
        return treatment.comparesFields && treatment.owner(of: field) == .source
    }

    private func comparesPhases(_ treatment: Treatment) -> Bool {
        switch policy.lifecyclePhases {
        case .include, .exact: true
        case .initialOnly: false
        case .exclude: treatment.mode == .exact
        }
    }

    /// Compares fields with what the destination has, and writes what the source decides.
    func merge(_ fields: [TranslatedField], _ pair: Pair, _ treatment: Treatment, phase: SyncPhase, isNew: Bool) {
        guard let before = bodies[pair.lineage] ?? pair.destination?.body else { return }
        let key = pair.finalKey
        var known = renames.isEmpty ? before : inFinalNames(before, treatment)
        let isFirst = settledParts.insert(pair.lineage).inserted
        let alignment = isFirst ? alignments[pair.source.key] : nil
        if let alignment { known = inFinalPartNames(known, alignment, treatment) }
        let fields = isNew ? fields : asStored(fields, pair, treatment, known)
        var merging = ThreeWay(rules(treatment, isNew: isNew))
        merging.settle = { self.settlement(of: $0, key) }
        merging.rules.wanted = Set(wantedParts(pair, treatment).keys)
        var after = known
        var disputed: Set<String> = []
        var isWidened = false
        for field in fields {
            guard isNew || !isSeenInPart(field, pair), accepts(field, pair, treatment) else {
                disputed.insert(field.name)
                continue
            }
            let outcome = mergeField(field, pair, treatment, known, &merging, isNew)
            if outcome.isDisputed { disputed.insert(field.name) }
            if outcome.value != known[field.name] { after[field.name] = outcome.value }
            isWidened = isWidened || (field.isWidened && outcome.value != known[field.name])
        }
        isWidened = isWidened || merging.isWidened
        tell(merging, key)
        remember(pair, treatment, agreed: fields, disputed: disputed, kept: merging.kept)
        guard !merging.changes.isEmpty else { return }
        after = after.keepingSecrets(of: before)
        let operation = Operation(
            phase: phase,
            action: .update,
            key: key,
            lineage: pair.lineage,
            fields: merging.changes,
            after: after,
            sourceHash: Fingerprint.hash(body: pair.source.body),
            hashBefore: Fingerprint.hash(body: before),
            hashAfter: Fingerprint.hash(body: after),
            risks: risks(isWidened: isWidened, alignment),
            partRenames: (alignment?.partRenames ?? []) + (carriedParameters[pair.lineage] ?? [])
        )
        bodies[pair.lineage] = after
        add(operation, finalKey: key)
    }

    private func risks(isWidened: Bool, _ alignment: PartAlignment?) -> [Operation.Risk] {
        (isWidened ? [.widening] : []) + (alignment?.renames.isEmpty ?? true ? [] : [.rename])
    }

    /// A body of the destination with the names that its parts have in the end.
    private func inFinalPartNames(_ body: JSON, _ alignment: PartAlignment, _ treatment: Treatment) -> JSON {
        if alignment.destinationNames.isEmpty { return body }
        var result = body
        for field in treatment.kind.shape.fields {
            result[field.name] = result[field.name].map { Parts.renaming($0, field, alignment.destinationNames) }
        }
        return result
    }

    private func accepts(_ field: TranslatedField, _ pair: Pair, _ treatment: Treatment) -> Bool {
        if field.missingRequired != nil {
            refuseMissing(field, pair, treatment)
            return false
        }
        if let issue = field.refusedWidening {
            skip("widening-refused", pair.source.key, issue.pathText, rule: "widening: \(policy.widening.rawValue)")
            return false
        }
        report(field.issues, of: pair.source.key)
        return true
    }

    private func mergeField(
        _ field: TranslatedField,
        _ pair: Pair,
        _ treatment: Treatment,
        _ known: JSON,
        _ merging: inout ThreeWay,
        _ isNew: Bool
    ) -> (value: JSON, isDisputed: Bool) {
        let empty = field.field?.emptyValue ?? .null
        var source = field.value
        // Secrets are compared by nothing; they stay what they are at the destination.
        var present = known[field.name] ?? empty
        var destination = present.withoutSecretStates
        var base = isNew ? nil : pair.record?.base[field.name]
        if !renames.isEmpty || !rememberedRenames.isEmpty {
            base = base?.mappingKeys { self.finalName(ofRemembered: $0) }
                .mappingMembers(field.field?.type) { self.finalName(ofRemembered: $0) }
        }
        base = asStored(agreed: base, field.name, treatment, destination)
        let disputes = merging.disputes.count
        if let alignment = alignments[pair.source.key], let description = field.field {
            source = Parts.renaming(source, description, alignment.sourceNames)
            base = base.map { Parts.renaming($0, description, alignment.baseNames) }
            merging.note(alignment, field: field.name)
            if alignment.blocked.contains(field.name) { return (present, true) }
        }
        if field.name == "Steps" {
            carryParameters(source, &present, &base, pair, &merging)
            destination = present.withoutSecretStates
        }
        if treatment.name == .tagSets, field.name == "Tags" {
            let present = destination
            (base, destination) = postponingTags(pair, base: base, source: source, destination: present, treatment)
        }
        if treatment.name == .deploymentProcesses || treatment.name == .runbookProcesses {
            StepScopes(planner: self, process: pair).settle(&source, &base, destination)
        }
        setRules(of: field.name, treatment, &merging)
        merging.rules.leftAlone = field.name == "Steps" ? stepNotes[pair.source.key]?.leftAlone ?? [] : []
        if field.field?.access == .createOnly, source != destination, !isNew {
            conflict(
                "kind",
                pair.finalKey,
                field.name,
                source: source,
                destination: destination,
                "\(field.name) is given on creation and cannot change"
            )
            return (present, true)
        }
        let type = field.field?.type ?? .opaque
        let merged = merging.merge(type, base: base, source: source, destination: destination, path: [field.name])
        let isDisputed = merging.disputes.count > disputes
        if merged == destination { return (present, isDisputed) }
        let whole = postponedTags[pair.source.key] == nil ? merged : Self.weavingTags(merged, present)
        return (whole.keepingSecrets(of: present), isDisputed)
    }

    /// A value of a renamed template parameter is the same value under another name.
    private func carryParameters(
        _ source: JSON,
        _ present: inout JSON,
        _ base: inout JSON?,
        _ pair: Pair,
        _ merging: inout ThreeWay
    ) {
        let renames = parameterRenames.renames(from: source, to: present)
        if renames.isEmpty { return }
        present = ParameterRenames.applied(renames, to: present)
        base = base.map { ParameterRenames.applied(renames, to: $0) }
        carriedParameters[pair.lineage] = renames
        for rename in renames {
            merging.note(
                FieldChange(
                    path: rename.path.joined(separator: "/"),
                    from: .string(rename.formerName),
                    to: .string(rename.path.last ?? ""),
                    rule: "parameter of the step template renamed at the source"
                )
            )
        }
    }

    /// What single lines of the policy say about one field.
    private func setRules(of field: String, _ treatment: Treatment, _ merging: inout ThreeWay) {
        let hasExactLinks = field == "ProjectEnvironments" && policy.options.tenantLinks == .exact
        let hasExactPhases = treatment.name == .lifecycles && policy.lifecyclePhases == .exact
        let isShared = treatment.owners[field]?.isShared == true
        merging.rules.isExact = (treatment.mode == .exact || hasExactLinks || hasExactPhases) && !isShared
        merging.rules.reverts =
            !isShared && (heals(treatment) || (heals && (hasExactLinks || hasExactPhases)))
    }

    /// A body of the destination with the names that things have once the plan is applied.
    private func inFinalNames(_ body: JSON, _ treatment: Treatment) -> JSON {
        var result = body.mappingKeys { $0.applying(renames) }
        for field in treatment.kind.shape.fields {
            guard let value = result[field.name] else { continue }
            result[field.name] = value.mappingMembers(field.type) { $0.applying(self.renames) }
        }
        return result
    }

    /// Remembered values name things as they were then; a thing may have another name by now.
    private func finalName(ofRemembered key: EntityKey) -> EntityKey {
        let now = rememberedRenames.isEmpty ? key : key.applying(rememberedRenames)
        return now.applying(renames)
    }

    private func rules(_ treatment: Treatment, isNew: Bool) -> ThreeWay.Rules {
        var rules = ThreeWay.Rules()
        rules.isExact = treatment.mode == .exact
        rules.reverts = heals(treatment)
        rules.onAdopt = policy.types[treatment.name]?.initial ?? policy.onAdoptDifference
        rules.isNew = isNew
        rules.keepsExtras = treatment.keepsExtraEntries
        rules.mayWiden = policy.widening == .allow
        if treatment.name == .deploymentProcesses || treatment.name == .runbookProcesses {
            rules.extraSteps = policy.extraSteps
            rules.disablesRemoved = policy.deletes.mode == .disable
        }
        return rules
    }

    private func tell(_ merging: ThreeWay, _ key: EntityKey) {
        for dispute in merging.disputes {
            conflict(
                dispute.code,
                key,
                dispute.path,
                base: dispute.base,
                source: dispute.source,
                destination: dispute.destination,
                dispute.message
            )
        }
        for path in merging.drifts { notice("drift", key, path, "changed at the destination; kept") }
        for path in merging.extras { notice("extra-step", key, path, "only the destination has it") }
        for path in merging.keptOnAdoption {
            notice("adopted", key, path, "differs on first meeting; the destination's value is kept")
        }
    }

    // MARK: - Memory

    /// What the next run takes as agreed: the source in the destination's terms, so that a difference that is left
    /// alone is a change of the destination from now on. Disputed fields keep their old base.
    func remember(
        _ pair: Pair,
        _ treatment: Treatment,
        agreed: [TranslatedField],
        disputed: Set<String>,
        kept: Set<[String]> = []
    ) {
        var base = records[pair.lineage]?.base.objectValue ?? [:]
        for field in agreed where !disputed.contains(field.name) && isRemembered(field.field, treatment) {
            // To look costs less than to copy the object for a value that it has already.
            if base[field.name] != field.value { base[field.name] = field.value }
        }
        for (name, _) in base where treatment.foreignFields.contains(name) {
            if !(treatment.name == .lifecycles && name == "Phases") { base[name] = nil }
        }
        var destinationKey = pair.finalKey
        // A name that only the destination changed is not agreed on.
        if let record = pair.record, let current = pair.destination?.key, current == pair.finalKey,
            record.sourceKey.foldedPath.last == pair.source.key.foldedPath.last
        {
            destinationKey = pair.finalKey.renamed(
                to: treatment.kind.naturalKey.contains("Name") ? record.destinationKey.name : pair.finalKey.name
            )
        }
        records[pair.lineage] = SyncState.Record(
            lineage: pair.lineage,
            sourceKey: pair.source.key,
            destinationKey: destinationKey,
            sourceID: pair.source.id,
            destinationID: pair.destination?.id ?? "",
            base: .object(base),
            variables: records[pair.lineage]?.variables ?? .null,
            parts: parts(of: pair, agreed: agreed, disputed: disputed) + keptParts(kept, pair, treatment),
            createdHash: pair.destination == nil ? "" : pair.record?.createdHash ?? ""
        )
        rememberVersion(of: pair)
    }

    /// Parts of fields that were agreed on now; those of other fields stay as they were.
    private func parts(of pair: Pair, agreed: [TranslatedField], disputed: Set<String>) -> [SyncState.Part] {
        let old = records[pair.lineage]?.parts ?? []
        guard let new = alignments[pair.source.key]?.parts, !new.isEmpty || !old.isEmpty else { return old }
        let isAgreed = { (part: SyncState.Part) in
            let name = part.path.first ?? ""
            return !disputed.contains(name) && agreed.contains { $0.name == name }
        }
        return old.filter { !isAgreed($0) } + new.filter(isAgreed)
    }

    /// Remembered parts that are gone at the source, by the folded path that their counterparts have now. They are
    /// remembered only where a person or the policy wanted the counterpart to stay.
    private func wantedParts(_ pair: Pair, _ treatment: Treatment) -> [[String]: SyncState.Part] {
        guard let record = pair.record, let destination = pair.destination,
            let present = alignments[pair.source.key]?.parts, present != record.parts
        else { return [:] }
        let living = Set(present.map(\.sourceID))
        let gone = record.parts.filter { !$0.sourceID.isEmpty && !living.contains($0.sourceID) }
        if gone.isEmpty { return [:] }
        let ids = Parts.ids(destination.partIDs, of: destination.body, treatment.kind.shape)
        let places = Dictionary(ids.map { ($1, $0) }) { first, _ in first }
        return Dictionary(gone.map { (places[$0.destinationID] ?? Parts.folded($0.path), $0) }) { first, _ in first }
    }

    /// With what is inside of them: a step that comes back at the source finds its actions again.
    private func keptParts(_ paths: Set<[String]>, _ pair: Pair, _ treatment: Treatment) -> [SyncState.Part] {
        if paths.isEmpty { return [] }
        let kept = wantedParts(pair, treatment).filter { place, _ in
            place.indices.contains { paths.contains(Array(place[...$0])) }
        }
        return kept.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    }

    private func isRemembered(_ field: Field?, _ treatment: Treatment) -> Bool { isCompared(field, treatment) }
}
