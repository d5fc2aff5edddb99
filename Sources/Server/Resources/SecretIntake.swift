import Catalog
import Store

/// Takes the secrets out of a body, so that what is stored says only that they exist.
struct SecretIntake {
    /// What is to be stored, by path.
    private(set) var changes: [(path: String, change: SecretChange)] = []
    private let stored: Set<String>

    /// - Parameter stored: the paths at which the document has secrets already.
    init(stored: Set<String>) { self.stored = stored }

    mutating func take(from body: JSON, _ shape: Shape, in context: SiteContext) -> JSON {
        shape.rewriting(body, in: context) { site in
            switch site.content {
            case .secret: secret(site)
            case .secretText: secretText(site)
            default: site.value
            }
        }
    }

    private mutating func secret(_ site: Site) -> JSON {
        switch site.value {
        case .string(let plain):
            return set(site, plain)
        case .object(let object):
            if let new = object[caseless: "NewValue"]?.stringValue { return set(site, new) }
            let hasValue = object[caseless: "HasValue"]?.boolValue ?? true
            return hasValue ? keep(site) : FieldType.noSecret
        default:
            return keep(site)
        }
    }

    /// The value of a sensitive variable: a plain string in, null out.
    private mutating func secretText(_ site: Site) -> JSON {
        switch site.value {
        case .string(let plain): _ = set(site, plain)
        case .object(let object):
            if let new = object[caseless: "NewValue"]?.stringValue { _ = set(site, new) } else { _ = keep(site) }
        default: _ = keep(site)
        }
        return .null
    }

    private mutating func set(_ site: Site, _ plain: String) -> JSON {
        changes.append((site.pathText, .set(Array(plain.utf8))))
        return FieldType.storedSecret
    }

    private mutating func keep(_ site: Site) -> JSON {
        guard stored.contains(site.pathText) else { return FieldType.noSecret }
        changes.append((site.pathText, .keep))
        return FieldType.storedSecret
    }
}
