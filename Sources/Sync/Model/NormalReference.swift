public import Catalog

/// A reference in normal form: what it names, instead of the id that one server happens to use for it.
///
/// In a normal-form body it is the object `{"ref": kind, "key": path}`. A token that names nothing known keeps its
/// text: `{"ref": kind, "unresolved": token}`.
public enum NormalReference: Sendable, Hashable {
    case resolved(EntityKey)
    case unresolved(kind: KindName, token: String)

    public var json: JSON {
        switch self {
        case .resolved(let key): ["ref": .string(key.kind.rawValue), "key": JSON(key.path)]
        case .unresolved(let kind, let token): ["ref": .string(kind.rawValue), "unresolved": .string(token)]
        }
    }

    public init?(json: JSON) {
        guard case .object(let object) = json, object.count == 2, let kind = object["ref"]?.stringValue else {
            return nil
        }
        if let path = object["key"]?.arrayValue {
            self = .resolved(EntityKey(KindName(kind), path.compactMap(\.stringValue)))
        } else if let token = object["unresolved"]?.stringValue {
            self = .unresolved(kind: KindName(kind), token: token)
        } else {
            return nil
        }
    }
}

/// A secret in normal form: that there is one, never what it is. `{"sensitive": true, "hasValue": bool}`.
public enum NormalSecret {
    public static func json(hasValue: Bool) -> JSON { ["sensitive": true, "hasValue": .bool(hasValue)] }

    public static func hasValue(_ json: JSON) -> Bool? {
        guard case .object(let object) = json, object.count == 2, object["sensitive"]?.boolValue == true else {
            return nil
        }
        return object["hasValue"]?.boolValue
    }
}
