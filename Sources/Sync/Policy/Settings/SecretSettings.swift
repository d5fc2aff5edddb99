import Catalog
internal import Yams

/// `secrets`.
enum SecretSettings {
    static let all: [PolicySetting] = [
        provider, map,
        .names(
            "secrets.command",
            .differences,
            "the program that prints a secret, and its arguments; {} becomes the text of the map; no shell is involved",
            \.secrets.command,
            answers: "S-103"
        ),
        .number(
            "secrets.timeout",
            .differences,
            "how many seconds the program may take for one secret",
            \.secrets.timeout,
            in: 1...300
        ),
        .choice(
            "secrets.onMissing",
            .differences,
            "a secret has no value at the destination",
            \.secrets.onMissing,
            [.report: "it is listed", .fail: "the plan stops"],
            answers: "LS-3"
        ),
    ]

    private static var provider: PolicySetting {
        .choice(
            "secrets.provider",
            .differences,
            "where values of secrets come from",
            \.secrets.provider,
            [
                .none: "a person enters them at the destination", .env: "variables of the environment",
                .file: "files that only the user of the sync can read", .command: "what a program prints",
            ],
            later: ["vault": "a vault"],
            answers: "S-104",
            "S-105",
            "S-107"
        )
    }

    private static var map: PolicySetting {
        PolicySetting(
            "secrets.map",
            .differences,
            "which secret the provider has, by the names that `skerry sync secrets` prints",
            .other(
                schema: ["type": "object", "additionalProperties": ["type": "string", "minLength": 1]],
                written: "`{accounts/Cloud/SecretKey: CLOUD_SECRET}`"
            ),
            answers: ["S-104"],
            value: { policy in
                .object(JSONObject(policy.secrets.map.map { ($0.name, .string($0.token)) }))
            },
            read: read
        )
    }

    private static let mostEntries = 5_000

    @Sendable private static func read(_ value: PolicyValue, _ policy: inout Policy) {
        guard let mapping = value.node.mapping else {
            return value.problem("a block of names and places is expected here")
        }
        guard mapping.count <= mostEntries else {
            return value.problem("at most \(mostEntries) secrets are expected here")
        }
        var seen: Set<String> = []
        for (key, node) in mapping {
            let name = key.string ?? ""
            guard let token = node.scalar?.string, !token.isEmpty, !token.utf8.contains(0) else {
                value.problems.add(
                    node,
                    "\(value.path).\(name)",
                    "say where the value is; the value itself does not belong here"
                )
                continue
            }
            guard name.split(separator: "/").count > 1 else {
                value.problems.add(key, value.path, "'\(name)' is no name as `skerry sync secrets` prints them")
                continue
            }
            guard seen.insert(EntityKey.folded(name)).inserted else {
                value.problems.add(key, value.path, "'\(name)' occurs twice")
                continue
            }
            var entry = Policy.Secrets.Entry(name: name, token: token)
            entry.line = node.mark?.line ?? 0
            policy.secrets.map.append(entry)
        }
    }
}
