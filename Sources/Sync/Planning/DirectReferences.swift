import Catalog

extension Planner {
    /// Where accounts and certificates differ per instance, documents should name them by a variable (S-138). Lists
    /// those that do not.
    func noteDirectReferences() {
        var kinds: Set<KindName> = []
        if policy.options.accounts == .sameVariable { kinds.insert(.accounts) }
        if policy.options.certificates == .sameVariable { kinds.insert(.certificates) }
        if kinds.isEmpty { return }
        for key in planned where key.kind != .variableSets && key.kind != .tenantVariables {
            guard let pair = pairs[key], pair.isAvailable else { continue }
            walk(pair.source.body, [], kinds, key)
        }
    }

    private func walk(_ value: JSON, _ path: [String], _ kinds: Set<KindName>, _ key: EntityKey) {
        switch value {
        case .array(let elements):
            for (position, element) in elements.enumerated() {
                walk(element, path + [element["Name"]?.stringValue ?? String(position)], kinds, key)
            }
        case .object(let object):
            if case .resolved(let target) = NormalReference(json: value) {
                guard kinds.contains(target.kind) else { return }
                let place = path.joined(separator: "/")
                notice("direct-reference", key, place, "names \(target) directly; use a variable of that type instead")
                return
            }
            for (name, member) in object { walk(member, path + [name], kinds, key) }
        default: break
        }
    }
}
