internal import Yams

/// What a policy says about applying: who must approve, and where the lease is kept.
struct ApplyPolicyReader {
    let problems: PolicyProblems

    func read(_ root: PolicySection, into policy: inout Policy) {
        policy.lease = root.choice("lease", Policy.Lease.self) ?? policy.lease
        guard let section = root.section("approvals") else { return }
        policy.approvals.required = section.int("required", in: 0...20) ?? 1
        policy.approvals.keys = keys(section)
        if policy.approvals.keys.count < policy.approvals.required {
            section.problem(
                "keys",
                "\(policy.approvals.required) approvers are required, but \(policy.approvals.keys.count) keys are named;"
                    + " make one with `skerry sync keygen`"
            )
        }
        section.finish()
    }

    private func keys(_ section: PolicySection) -> [Policy.Approvals.Key] {
        guard let node = section.node("keys") else { return [] }
        guard let list = node.sequence else {
            section.problem("keys", "a list of {name, key} is expected here")
            return []
        }
        var keys: [Policy.Approvals.Key] = []
        for (position, item) in list.enumerated() {
            let path = "approvals.keys[\(position)]"
            guard let entry = PolicySection(item, path: path, problems: problems) else { continue }
            let name = entry.string("name")
            let key = entry.string("key")
            if entry.node("name") == nil { problems.add(entry.line, path, "say whose key it is: name: …") }
            if entry.node("key") == nil { problems.add(entry.line, path, "the public key is missing: key: ed25519:…") }
            entry.finish()
            guard let name, let key else { continue }
            guard ApprovalKey.isPublicText(key) else {
                entry.problem("key", "this is no public key; `skerry sync keygen` prints one that begins with ed25519:")
                continue
            }
            if keys.contains(where: { $0.key == key }) { entry.problem("key", "this key is named twice") }
            keys.append(.init(name: name, key: key))
        }
        return keys
    }
}
