import Catalog

/// One field of a document in the destination's terms, with what got lost.
struct TranslatedField {
    let name: String
    /// Nil for a member that the catalog does not know.
    let field: Field?
    var value: JSON
    var issues: [TranslationIssue]

    var missingRequired: TranslationIssue? { issues.first { $0.kind == .missingRequired } }
    var refusedWidening: TranslationIssue? { issues.first { $0.kind == .widening } }
    var isWidened: Bool { issues.contains { $0.kind == .allowedWidening } }
}

extension Planner {
    /// The fields of a source document that sync may send, in the order of the document.
    ///
    /// - Parameter wants: which of them to translate; what earlier phases have not made yet cannot be resolved.
    func translate(_ pair: Pair, _ treatment: Treatment, wants: (Field?) -> Bool) -> [TranslatedField] {
        guard case .object(let body) = pair.source.body else { return [] }
        let outer = enter(pair.source.key)
        defer { leave(outer) }
        let fields = treatment.kind.shape.fields(of: body)
        var result: [TranslatedField] = []
        result.reserveCapacity(body.count)
        for (name, value) in body {
            let field = fields.first { $0.name == name }
            if field?.syncOwner == .derived || !wants(field) { continue }
            if field == nil, !sendsUnknown(name, pair.source.key) { continue }
            result.append(translateField(name, value, field, in: body, pair))
        }
        return result
    }

    /// Some known fields of a source document, in the order of the document.
    func translate(_ pair: Pair, _ some: [Field]) -> [TranslatedField] {
        guard case .object(let body) = pair.source.body else { return [] }
        let members = body.members
        return members.indices.compactMap { index in
            guard let field = some.first(where: { $0.name == members[index].key }) else { return nil }
            return translateField(field.name, members[index].value, field, in: body, pair)
        }
    }

    /// Members that the catalog does not know: a server of another version may refuse them.
    private func sendsUnknown(_ name: String, _ key: EntityKey) -> Bool {
        switch unknownFields {
        case .copy: return true
        case .drop: notice("unknown-field", key, name, "not known to this version of Skerry; left out")
        case .error:
            conflict("unknown-field", key, name, "not known to this version of Skerry (unknownFields: error)")
        }
        return false
    }

    private var unknownFields: Policy.Options.UnknownFields {
        if let choice = policy.options.unknownFields { return choice }
        let versions = [input.source.identity, input.destination.identity].map { identity in
            identity.serverVersion.split(separator: ".").prefix(2)
        }
        return versions[0] == versions[1] ? .copy : .drop
    }

    private func translateField(
        _ name: String,
        _ value: JSON,
        _ field: Field?,
        in body: JSONObject,
        _ pair: Pair
    ) -> TranslatedField {
        let kind = pair.source.key.kind
        if kind == .deploymentProcesses || kind == .runbookProcesses, name == "Steps" {
            var steps = StepTranslation(planner: self, process: pair)
            let translated = steps.translate(value)
            return TranslatedField(name: name, field: field, value: translated, issues: steps.issues)
        }
        if kind == .lifecycles, name == "Phases" {
            let (phases, issues) = translatePhases(value)
            return TranslatedField(name: name, field: field, value: phases, issues: issues)
        }
        var translator = Translator(self, of: pair.source.key)
        let translated =
            field.map { translator.field(value, $0.type, [name], in: body) }
            ?? translator.tree(value, nil, [name])
        var result = TranslatedField(name: name, field: field, value: translated, issues: translator.issues)
        if name == "LifecycleId" { replaceLifecycle(&result, kind) }
        return result
    }

    /// What a project or a channel gets whose lifecycle stays behind (S-124, S-125).
    private func replaceLifecycle(_ field: inout TranslatedField, _ kind: KindName) {
        guard !field.issues.isEmpty else { return }
        let usesDefault =
            kind == .projects
            ? policy.onMissingProjectLifecycle == .spaceDefault : policy.onMissingChannelLifecycle == .spaceDefault
        guard usesDefault, let standard = spaceDefault(.lifecycles) else { return }
        field.value = NormalReference.resolved(standard).json
        field.issues = field.issues.map { TranslationIssue(kind: .dropped, path: $0.path, lost: $0.lost) }
    }

    /// A phase is restricted by two lists together: it would take any environment only when both are empty (E-33).
    private func translatePhases(_ value: JSON) -> (JSON, [TranslationIssue]) {
        guard let shape = phaseShape, case .array(let phases) = value else { return (value, []) }
        var issues: [TranslationIssue] = []
        var result: [JSON] = []
        for phase in phases {
            guard case .object(let object) = phase else { continue }
            let path = ["Phases", phase["Name"]?.stringValue ?? ""]
            var translator = Translator(self)
            translator.mayWiden = true
            let translated = JSON.object(translator.members(object, shape, path))
            let isEmptied = Self.isUnrestricted(translated) && !Self.isUnrestricted(phase)
            let lost = translator.issues.map(\.lost).joined(separator: ", ")
            if isEmptied, let kind = emptyPhaseIssue {
                issues.append(TranslationIssue(kind: kind, path: path, lost: lost))
                continue
            }
            if isEmptied { issues.append(TranslationIssue(kind: .allowedWidening, path: path, lost: lost)) }
            issues += translator.issues.map { issue in
                TranslationIssue(
                    kind: issue.kind == .allowedWidening ? .dropped : issue.kind,
                    path: issue.path,
                    lost: issue.lost
                )
            }
            result.append(translated)
        }
        return (.array(result), issues)
    }

    /// What becomes of a phase without environments; nil when it stays, for any environment.
    private var emptyPhaseIssue: TranslationIssue.Kind? {
        switch policy.options.emptyPhase {
        case .keepAsAny: nil
        case .refuse: .missingRequired
        case .dropPhase: policy.widening == .allow ? nil : .elementDropped
        }
    }

    private var phaseShape: Shape? {
        guard case .entries(let shape, _, _) = treatments[.lifecycles]?.kind.field("Phases")?.type else { return nil }
        return shape
    }

    private static func isUnrestricted(_ phase: JSON) -> Bool {
        ["AutomaticDeploymentTargets", "OptionalDeploymentTargets"].allSatisfy {
            phase[$0]?.arrayValue?.isEmpty ?? true
        }
    }

    /// Tells what got lost, once it is certain that the field is used.
    func report(_ issues: [TranslationIssue], of key: EntityKey) {
        for issue in issues {
            switch issue.kind {
            case .dropped: notice("dropped-reference", key, issue.pathText, "left out: \(issue.lost)")
            case .allowedWidening:
                notice("widening", key, issue.pathText, "applies to more than at the source; lost: \(issue.lost)")
            case .elementDropped:
                skip("widening-refused", key, issue.pathText, rule: "widening: \(policy.widening.rawValue)")
            case .missingRequired, .widening: break
            }
        }
    }
}
