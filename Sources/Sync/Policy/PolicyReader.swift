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
        block(settings.root, mapping, "", { .line($0) }, &policy)
        checkRequired(mapping, policy)
        if policy.origin(of: "variables.widening") == .standard {
            let word = policy.widening.rawValue
            policy.variables.widening = VariableRules.Widening(rawValue: word) ?? policy.variables.widening
        }
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
            case nil: unknown(key, node, place, in: block, path)
            }
        }
    }

    private func take(
        _ setting: PolicySetting,
        _ node: Node,
        _ path: String,
        _ origin: (Int) -> PolicyOrigin,
        _ policy: inout Policy
    ) {
        let origin = origin(node.mark?.line ?? 0)
        setting.read(PolicyValue(node: node, path: path, origin: origin, problems: problems), &policy)
        policy.origins[setting.path] = origin
    }

    private func unknown(_ key: String, _ node: Node, _ place: String, in block: PolicyBlock, _ path: String) {
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
