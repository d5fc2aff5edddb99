import Catalog
internal import Yams

/// `approvals`, `lease`.
enum ApplySettings {
    static let all: [PolicySetting] = [
        .number(
            "approvals.required",
            .applying,
            "how many different people must approve a plan before it is applied",
            \.approvals.required,
            in: 0...20
        ),
        PolicySetting(
            "approvals.keys",
            .applying,
            "whose approval counts; `skerry sync keygen` makes a key",
            .other(schema: PolicySchema.approvalKeys, written: "`- {name: Ann, key: \"ed25519:…\"}`"),
            value: { .array($0.approvals.keys.map { ["name": .string($0.name), "key": .string($0.key)] }) },
            read: { value, policy in policy.approvals.keys = keys(value) }
        ),
        .choice(
            "lease",
            .applying,
            "what keeps two runners from applying to one space at once",
            \.lease,
            [
                .destination: "a lease in the space itself, and the lock on the state file",
                .local: "the lock on the state file: enough where only one machine ever applies",
            ]
        ),
    ]

    private static func keys(_ value: PolicyValue) -> [Policy.Approvals.Key] {
        guard let list = value.node.sequence else {
            value.problem("a list of {name, key} is expected here")
            return []
        }
        var keys: [Policy.Approvals.Key] = []
        for (position, item) in list.enumerated() {
            let path = "\(value.path)[\(position)]"
            guard let entry = PolicySection(item, path: path, problems: value.problems) else { continue }
            let name = entry.string("name")
            let key = entry.string("key")
            if entry.node("name") == nil { value.problems.add(item, path, "say whose key it is: name: …") }
            if entry.node("key") == nil { value.problems.add(item, path, "the public key is missing: key: ed25519:…") }
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
