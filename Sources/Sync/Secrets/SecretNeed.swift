public import Catalog

/// A secret, or a placeholder for a value, that the destination needs and sync cannot bring.
public struct SecretNeed: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It has no value at the destination.
        case unset
        /// It has a value that stands for the real one: a text of the policy's, or a random dummy.
        case placeholder
        /// Somebody has entered it at the destination.
        case setAtDestination
        /// A provider of the policy has set it.
        case providerSet
    }

    /// The document at the destination, by its name there once the plan is applied.
    public var key: EntityKey
    /// `SecretKey`, `Details/Password`, `Variables/Db.Password [Production]`
    public var path: String
    public var state: State
    /// The identity of the document over renames; empty in plans of older versions.
    public var lineage: String
    /// The destination says whether there is a value; else only what is remembered does.
    public var isTold: Bool
    /// It holds a secret; else a text that is a placeholder.
    public var isSecret: Bool
    /// Steps that would fail without it, at most `mostUses`; empty unless they were asked for.
    public var neededBy: [SecretUse]
    /// How many steps there are.
    public var needCount: Int

    public static let mostUses = 50

    public init(
        key: EntityKey,
        path: String,
        state: State,
        lineage: String = "",
        isTold: Bool = true,
        isSecret: Bool = true
    ) {
        self.key = key
        self.path = path
        self.state = state
        self.lineage = lineage
        self.isTold = isTold
        self.isSecret = isSecret
        neededBy = []
        needCount = 0
    }

    public var isOpen: Bool { state == .unset || state == .placeholder }

    /// What policies and commands call it: `accounts/Cloud/SecretKey`.
    public var name: String { "\(key)/\(path)" }

    public var place: SecretPlace { SecretPlace(lineage: lineage, path: path) }
}

/// A step that uses a secret.
public struct SecretUse: Sendable, Hashable, Comparable {
    /// A deployment process or the process of a runbook.
    public var process: EntityKey
    public var step: String

    public init(process: EntityKey, step: String) {
        self.process = process
        self.step = step
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.process == right.process ? left.step < right.step : left.process < right.process
    }

    public var json: JSON { ["process": process.json, "step": .string(step)] }

    init?(json: JSON) {
        guard let process = json["process"].flatMap(EntityKey.init(json:)), let step = json["step"]?.stringValue else {
            return nil
        }
        self.init(process: process, step: step)
    }
}

extension SecretNeed {
    public var json: JSON {
        var json: JSON = [
            "key": key.json, "path": .string(path), "state": .string(state.rawValue), "lineage": .string(lineage),
            "isTold": .bool(isTold), "isSecret": .bool(isSecret),
        ]
        if needCount > 0 {
            json["neededBy"] = .array(neededBy.map(\.json))
            json["needCount"] = .int(needCount)
        }
        return json
    }

    init?(json: JSON) {
        guard let key = json["key"].flatMap(EntityKey.init(json:)), let path = json["path"]?.stringValue,
            let state = json["state"]?.stringValue.flatMap(State.init)
        else { return nil }
        self.init(
            key: key,
            path: path,
            state: state,
            lineage: json["lineage"]?.stringValue ?? "",
            isTold: json["isTold"]?.boolValue ?? true,
            isSecret: json["isSecret"]?.boolValue ?? true
        )
        neededBy = (json["neededBy"]?.arrayValue ?? []).compactMap(SecretUse.init(json:))
        needCount = json["needCount"]?.intValue ?? neededBy.count
    }
}
