import Catalog
internal import Yams

/// Walks a policy file along the described settings: what is described is read, what is not is a problem.
struct PolicyReader {
    let settings: PolicySettings
    let problems: PolicyProblems

    /// - Returns: nil when the file is no policy at all; the problems say why.
    func policy(_ root: Node) -> Policy? {
        guard let mapping = mapping(root, "") else { return nil }
        checkFormat(mapping, root)
        var policy = Policy(
            source: .init(name: "source", url: "", credential: .environment("")),
            destination: .init(name: "destination", url: "", credential: .environment(""))
        )
        if let preset = preset(mapping) { apply(preset, &policy) }
        block(settings.root, mapping, "", { .line($0) }, &policy)
        RuleChecks(problems: problems).check(policy)
        checkRequired(mapping, policy)
        if policy.origin(of: "variables.widening") == .standard {
            let word = policy.widening.rawValue
            policy.variables.widening = VariableRules.Widening(rawValue: word) ?? policy.variables.widening
        }
        checkOptIns(root, policy)
        checkFlow(policy)
        if policy.approvals.keys.count < policy.approvals.required {
            problems.add(
                root,
                "approvals.keys",
                "\(policy.approvals.required) approvers are required, but \(policy.approvals.keys.count) keys are named; "
                    + "make one with `skerry sync keygen`"
            )
        }
        return policy
    }

    // MARK: - Presets

    private func preset(_ entries: Entries) -> PolicyPreset? {
        guard let node = entries.first(where: { $0.key == "preset" })?.node else {
            return isReplica(entries) ? PolicyPreset.mirror : nil
        }
        // The walk reads the word itself, and says what is wrong with it.
        return node.scalar.flatMap { PolicyPreset.named($0.string) }
    }

    /// A replica is what the preset of that kind describes.
    private func isReplica(_ entries: Entries) -> Bool {
        let one = entries.first { $0.key == "destination" }?.node
        let list = entries.first { $0.key == "destinations" }?.node.sequence?.first
        return (one ?? list)?.mapping?["flow"]?.scalar?.string == Policy.Flow.oneWayReplica.rawValue
    }

    /// Two answers to one question.
    private func checkFlow(_ policy: Policy) {
        let origin = policy.origin(of: "destination.flow")
        guard origin != .standard, policy.preset != "none" else { return }
        let isMirror = policy.preset == PolicyPreset.mirror.name
        guard isMirror != (policy.flow == .oneWayReplica) else { return }
        problems.add(
            origin.line,
            "destination.flow",
            "'\(policy.flow.rawValue)' contradicts 'preset: \(policy.preset)'; remove one of them"
        )
    }

    /// A preset is read like a file, before the file.
    private func apply(_ preset: PolicyPreset, _ policy: inout Policy) {
        guard let root = try? Yams.compose(yaml: preset.text), let entries = mapping(root, "") else { return }
        block(settings.root, entries, "", { _ in .preset(preset.name) }, &policy)
    }

    // MARK: - Blocks

    private typealias Entries = [(key: String, node: Node)]

    private func mapping(_ node: Node, _ path: String) -> Entries? {
        guard let mapping = node.mapping else {
            problems.add(node, path, "a block of settings is expected here")
            return nil
        }
        var entries: Entries = []
        for (key, value) in mapping {
            let name = key.string ?? ""
            if entries.contains(where: { $0.key == name }) { problems.add(key, path, "'\(name)' occurs twice") }
            entries.append((name, value))
        }
        return entries
    }

    private func block(
        _ block: PolicyBlock,
        _ entries: Entries,
        _ path: String,
        _ origin: (Int) -> PolicyOrigin,
        _ policy: inout Policy
    ) {
        for (key, node) in entries {
            let place = path.isEmpty ? key : "\(path).\(key)"
            if path.isEmpty, key == "apiVersion" { continue }
            if path.isEmpty, key == "destinations" {
                destinations(node, entries, origin, &policy)
                continue
            }
            switch block[key] {
            case .setting(let setting): take(setting, node, place, origin, &policy)
            case .block(let inner):
                if node.scalar != nil, let setting = inner.shorthand {
                    take(setting, node, place, origin, &policy)
                } else if let entries = mapping(node, place) {
                    self.block(inner, entries, place, origin, &policy)
                }
            case nil:
                if let setting = block.wildcard {
                    take(setting, node, place, origin, &policy, key: key)
                } else {
                    unknown(key, node, place, in: block, path)
                }
            }
        }
    }

    private func take(
        _ setting: PolicySetting,
        _ node: Node,
        _ path: String,
        _ origin: (Int) -> PolicyOrigin,
        _ policy: inout Policy,
        key: String = ""
    ) {
        let origin = origin(node.mark?.line ?? 0)
        let value = PolicyValue(node: node, key: key, path: path, origin: origin, problems: problems)
        setting.read(value, &policy)
        if !key.isEmpty, policy.origins[setting.path] == nil { policy.origins[setting.path] = origin }
        policy.origins[key.isEmpty ? setting.path : setting.path.replacing("*", with: key)] = origin
    }

    private func unknown(_ key: String, _ node: Node, _ place: String, in block: PolicyBlock, _ path: String) {
        if path == "types", let reason = NeverSynced.reasons[key] { return problems.add(node, place, reason) }
        let known = block.keys + (path.isEmpty ? ["apiVersion", "destinations"] : [])
        let what = path == "types" ? "type" : path == "variables.scopeMismatch" ? "dimension" : "setting"
        problems.add(node, place, "there is no such \(what)\(Suggestion.text(for: key, in: known.sorted()))")
    }

    /// A list of one server is the same as `destination`.
    private func destinations(
        _ node: Node,
        _ all: Entries,
        _ origin: (Int) -> PolicyOrigin,
        _ policy: inout Policy
    ) {
        if all.contains(where: { $0.key == "destination" }) {
            problems.add(node, "destinations", "write either 'destination' or 'destinations'")
        }
        guard let list = node.sequence, let first = list.first else {
            return problems.add(node, "destinations", "a list of servers is expected here")
        }
        if list.count > 1 {
            problems.add(list[1], "destinations", "several destinations in one run are not supported yet")
        }
        guard case .block(let inner) = settings.root["destination"],
            let entries = mapping(first, "destinations[0]")
        else { return }
        block(inner, entries, "destinations[0]", origin, &policy)
    }

    // MARK: - The file as a whole

    private func checkFormat(_ entries: Entries, _ root: Node) {
        guard let node = entries.first(where: { $0.key == "apiVersion" })?.node else {
            return problems.add(1, "apiVersion", "the file must begin with 'apiVersion: \(PolicyFile.apiVersion)'")
        }
        guard node.scalar?.string != PolicyFile.apiVersion else { return }
        problems.add(node, "apiVersion", "this version of Skerry reads '\(PolicyFile.apiVersion)'")
    }

    private func checkOptIns(_ root: Node, _ policy: Policy) {
        for entry in settings.kinds.all where entry.needsOptIn {
            guard let rule = policy.types[entry.name], ![.skip, .forbid].contains(rule.mode), !rule.isOptedIn else {
                continue
            }
            problems.add(
                policy.origin(of: "types.\(entry.key).mode").line,
                "types.\(entry.key)",
                "syncing this type lets every instance reach the same machines, which a split is meant to prevent; if "
                    + "that is wanted, write {mode: \(rule.mode.rawValue), optIn: true}"
            )
        }
    }

    private func checkRequired(_ entries: Entries, _ policy: Policy) {
        for side in ["source", "destination"] {
            let node = entries.first { $0.key == side || (side == "destination" && $0.key == "destinations") }?.node
            guard let node else {
                problems.add(entries.first?.node.mark?.line ?? 1, side, "the \(side) server is missing")
                continue
            }
            for setting in settings.all where setting.isRequired && setting.path.hasPrefix("\(side).") {
                guard policy.origins[setting.path] == nil else { continue }
                problems.add(node.mark?.line ?? 0, setting.path, "missing: \(setting.meaning)")
            }
        }
    }
}
