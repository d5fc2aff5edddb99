public import Catalog

/// Where a secret is, whatever its document is called.
public struct SecretPlace: Sendable, Hashable {
    public var lineage: String
    public var path: String

    public init(lineage: String, path: String) {
        self.lineage = lineage
        self.path = path
    }
}

/// What is remembered of one secret between runs. Its value is not, and cannot be found out from this.
public struct SecretRow: Sendable, Hashable {
    public var state: SecretNeed.State
    /// For what a provider has set: a keyed hash, which tells only whether the provider has another value by now.
    public var version: String
    /// When the state became this, RFC 3339; empty until it is stored.
    public var since: String
    /// A person allowed the provider to replace what stands at the destination.
    public var isHandedOver: Bool

    public init(state: SecretNeed.State, version: String = "", since: String = "", isHandedOver: Bool = false) {
        self.state = state
        self.version = version
        self.since = since
        self.isHandedOver = isHandedOver
    }

    public var json: JSON {
        [
            "state": .string(state.rawValue), "version": .string(version), "since": .string(since),
            "handedOver": .bool(isHandedOver),
        ]
    }

    public init?(json: JSON) {
        guard let state = json["state"]?.stringValue.flatMap(SecretNeed.State.init) else { return nil }
        self.init(
            state: state,
            version: json["version"]?.stringValue ?? "",
            since: json["since"]?.stringValue ?? "",
            isHandedOver: json["handedOver"]?.boolValue ?? false
        )
    }
}

extension [SecretPlace: SecretRow] {
    public var json: JSON {
        let rows = sorted { ($0.key.lineage, $0.key.path) < ($1.key.lineage, $1.key.path) }
        return .array(
            rows.map { ["lineage": .string($0.key.lineage), "path": .string($0.key.path), "row": $0.value.json] }
        )
    }

    public init(json: JSON?) {
        self.init()
        for item in json?.arrayValue ?? [] {
            guard let lineage = item["lineage"]?.stringValue, let path = item["path"]?.stringValue,
                let row = item["row"].flatMap(SecretRow.init(json:))
            else { continue }
            self[SecretPlace(lineage: lineage, path: path)] = row
        }
    }

    /// The rows with this time where the state is new: planning leaves those without one.
    public func stamped(_ time: String) -> Self {
        mapValues { row in
            var row = row
            if row.since.isEmpty { row.since = time }
            return row
        }
    }
}

/// A secret that a provider of the policy has: where it comes from, and which version of it. Never its value.
public struct ProvidedSecret: Sendable, Hashable {
    /// `env:CLOUD_KEY`, for people.
    public var provider: String
    /// A keyed hash of what the provider gave.
    public var version: String
    /// The line of the policy.
    public var rule: String

    public init(provider: String, version: String, rule: String) {
        self.provider = provider
        self.version = version
        self.rule = rule
    }

    /// What stands in a plan for the value.
    public var json: JSON { ["provided": .string(provider), "version": .string(version)] }

    public static func isOne(_ value: JSON?) -> Bool {
        value?["provided"]?.stringValue != nil && value?.objectValue?.count == 2
    }

    /// `secret(env:CLOUD_KEY@1a2b3c4d)`
    static func text(_ value: JSON) -> String? {
        guard isOne(value), let provider = value["provided"]?.stringValue else { return nil }
        return "secret(\(provider)@\((value["version"]?.stringValue ?? "").prefix(8)))"
    }
}
