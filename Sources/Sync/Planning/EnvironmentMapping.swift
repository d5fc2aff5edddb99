import Catalog

/// What each source environment becomes at the destination, by the policy's rules.
struct EnvironmentMapping {
    enum Target: Hashable {
        /// The environment's own counterpart.
        case same
        case drop
        /// No restriction.
        case any
        /// These of the destination; each exists there, or is made from the source's environment of that name.
        case named([EntityKey])
    }

    private(set) var targets: [EntityKey: Target] = [:]
    /// Source environments that have a counterpart of their own.
    private(set) var participants: Set<EntityKey> = []

    init(
        source: ReplicaIndex,
        destination: ReplicaIndex,
        remembered: RememberedPairs,
        rules: [Policy.EnvironmentRule]
    ) throws(PlanningError) {
        for environment in source.entities(of: .environments) {
            let rule = rules.first { NamePattern($0.pattern).matches(environment.key.name) }
            switch rule?.target ?? .same {
            case .same:
                targets[environment.key] = .same
                participants.insert(environment.key)
            case .existing where Self.exists(environment, destination, remembered):
                targets[environment.key] = .same
                participants.insert(environment.key)
            case .existing, .drop: targets[environment.key] = .drop
            case .any: targets[environment.key] = .any
            case .names(let names): targets[environment.key] = .named(names.map { EntityKey(.environments, $0) })
            }
        }
        for rule in rules {
            guard case .names(let names) = rule.target else { continue }
            for name in names {
                let key = EntityKey(.environments, name)
                if destination[key] != nil { continue }
                guard source[key] != nil else {
                    throw .unknownEnvironment(name: name, rule: "\(rule.pattern): \(names.joined(separator: ", "))")
                }
                participants.insert(key)
            }
        }
    }

    /// Whether the destination has the environment, perhaps still by the name that it had when it was synced.
    private static func exists(
        _ environment: Entity,
        _ destination: ReplicaIndex,
        _ remembered: RememberedPairs
    ) -> Bool {
        if destination[environment.key] != nil { return true }
        guard let record = remembered.record(ofSource: environment) else { return false }
        return destination.entity(id: record.destinationID, kind: .environments) != nil
    }
}
