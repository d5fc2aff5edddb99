/// What becomes of the scope names of the source at the destination, as the policy and the destination's documents say.
public struct ScopeMapping: Sendable, Hashable {
    /// What one source name becomes.
    public enum Outcome: Sendable, Hashable {
        /// All names that it is mapped to exist at the destination.
        case names([String])
        /// Only these of the names that it is mapped to exist at the destination.
        case partly([String])
        /// The policy lifts the restriction.
        case any
        /// The policy leaves the thing out.
        case dropped
        /// Its counterpart does not exist at the destination.
        case missing
    }

    public var outcomes: [ScopeDimension: [String: Outcome]]
    /// Dimensions in which a name that is not listed keeps its name. Roles are created by use, so they always exist.
    public var keepsUnlisted: Set<ScopeDimension>

    public init(
        _ outcomes: [ScopeDimension: [String: Outcome]] = [:],
        keepsUnlisted: Set<ScopeDimension> = [.roles]
    ) {
        self.outcomes = outcomes
        self.keepsUnlisted = keepsUnlisted
    }

    public func map(_ dimension: ScopeDimension, _ name: String) -> Outcome {
        outcomes[dimension]?[name] ?? (keepsUnlisted.contains(dimension) ? .names([name]) : .missing)
    }
}

/// How much of a restriction survives the way to the destination. The order is from best to worst.
enum ScopeClass: Int, Comparable {
    case exact, partial, stripped

    static func < (left: ScopeClass, right: ScopeClass) -> Bool { left.rawValue < right.rawValue }
}

/// A source scope in the destination's terms.
struct MappedScope {
    var scope = VariableScope()
    var scopeClass = ScopeClass.exact
    /// The dimensions that lost names, with how much of them.
    var mismatches: [(dimension: ScopeDimension, scopeClass: ScopeClass)] = []
    /// The policy lifted a restriction with `any`.
    var isLifted = false
    /// Nothing is left of the channels, and the policy left at least one of them out.
    var onlyExcludedChannels = false
}

extension ScopeMapping {
    /// Step 1 of the matching.
    func map(_ scope: VariableScope) -> MappedScope {
        var result = MappedScope()
        var kept: [ScopeDimension: [String]] = [:]
        for entry in scope.entries {
            var names: [String] = []
            var isAny = false
            var isLossy = false
            var isExcluded = false
            for name in entry.names {
                switch map(entry.dimension, name) {
                case .names(let mapped):
                    names += mapped
                    isLossy = isLossy || mapped.isEmpty
                case .partly(let mapped):
                    names += mapped
                    isLossy = true
                case .any: isAny = true
                case .dropped:
                    isLossy = true
                    isExcluded = true
                case .missing: isLossy = true
                }
            }
            if isAny {
                result.isLifted = true
                continue
            }
            kept[entry.dimension] = names
            guard isLossy else { continue }
            let scopeClass = names.isEmpty ? ScopeClass.stripped : .partial
            result.mismatches.append((entry.dimension, scopeClass))
            result.scopeClass = max(result.scopeClass, scopeClass)
            if entry.dimension == .channels, names.isEmpty, isExcluded { result.onlyExcludedChannels = true }
        }
        result.scope = scope.isEmpty ? scope : VariableScope(kept)
        return result
    }
}
