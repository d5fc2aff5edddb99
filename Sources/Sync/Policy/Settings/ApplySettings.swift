import Catalog
import Foundation
internal import Yams

/// `versions.changes`, `approvals`, `lease`, `quietHours`.
enum ApplySettings {
    static let all: [PolicySetting] = [
        PolicySetting(
            "versions.changes",
            .servers,
            "a JSON file with differences between releases of the API that this version of Skerry does not know",
            .text,
            answers: ["S-39"],
            value: { JSON($0.schemaChanges) },
            read: { value, policy in if let path = value.text() { policy.schemaChanges = path } }
        ),
        PolicySetting(
            "approvals.required",
            .applying,
            "how many different people must have approved each operation before it is applied",
            .number(0...20),
            value: { .int($0.approvals.required) },
            read: { value, policy in
                if let number = value.int(in: 0...20) { policy.approvals.requiredCount = number }
            }
        ),
        PolicySetting(
            "approvals.keys",
            .applying,
            "whose approvals count, with the public keys that `skerry sync keygen` prints",
            .other(schema: PolicySchema.approvalKeys, written: "`- {name: Alice, key: \"ed25519:…\"}`"),
            value: { .array($0.approvals.keys.map { ["name": .string($0.name), "key": .string($0.key)] }) },
            read: { value, policy in policy.approvals.keys = keys(value) }
        ),
        .choice(
            "lease",
            .applying,
            "what keeps two runners from applying to one space at once",
            \.lease,
            [
                .destination: "a lease in the space itself, which holds between machines",
                .local: "the lock on the state file alone: enough where one machine applies",
            ]
        ),
        PolicySetting(
            "quietHours.windows",
            .applying,
            "when nothing is written: an apply is refused then, and one that is under way stops and can be gone on with",
            .names,
            value: { .array($0.quietHours.windows.map { .string($0.text) }) },
            read: { value, policy in policy.quietHours.windows = windows(value) }
        ),
        PolicySetting(
            "quietHours.zone",
            .applying,
            "the time zone of the windows; the time is that of the destination's clock",
            .text,
            value: { .string($0.quietHours.zone) },
            read: { value, policy in
                guard let zone = value.text() else { return }
                guard TimeZone(identifier: zone) != nil else {
                    return value.problem("there is no time zone '\(zone)'; write one like UTC or Europe/Berlin")
                }
                policy.quietHours.zone = zone
            }
        ),
    ]

    private static func windows(_ value: PolicyValue) -> [QuietHours.Window] {
        (value.names() ?? []).compactMap { text in
            if let window = QuietHours.Window(text) { return window }
            value.problem("'\(text)' is no time: write 22:00-06:00, Mon-Fri 08:00-18:00 or Sat,Sun 00:00-24:00")
            return nil
        }
    }

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
                value.problems.add(item, path, "this is no public key; `skerry sync keygen` prints one: ed25519:…")
                continue
            }
            guard !keys.contains(where: { $0.key == key }) else {
                value.problems.add(item, path, "this key is named twice")
                continue
            }
            keys.append(.init(name: name, key: key))
        }
        return keys
    }
}
