import Catalog

@testable import Sync

/// A small generator whose sequence depends on nothing but its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<Elements: Collection>(_ elements: Elements) -> Elements.Element {
        elements[elements.index(elements.startIndex, offsetBy: Int.random(in: 0..<elements.count, using: &self))]
    }
}

/// Something that happens between two syncs. Places count modulo what is there, so that a case stays meaningful while
/// it is shrunk.
enum Edit: Hashable {
    enum Side { case source, destination }

    case value(Side, Int, String)
    case scope(Side, Int, VariableScope)
    case name(Side, Int, String)
    case description(Side, Int, String)
    case type(Side, Int, String)
    case delete(Side, Int)
    case add(Side, VariableValue)
    case regenerateSourceIDs
    case mapping(ScopeMapping)
    case newPolicy(VariableRules)
}

/// Two syncs of a set with edits in between.
struct GeneratedCase {
    var source: [VariableValue]
    var destination: [VariableValue]
    var mapping: ScopeMapping
    var rules: VariableRules
    var edits: [Edit]

    var start: SyncedSet {
        SyncedSet(source: source, destination: destination, mapping: mapping, rules: rules)
    }
}

extension SyncedSet {
    mutating func apply(_ edit: Edit) {
        switch edit {
        case .value(let side, let place, let text):
            change(side, place) { if !$0.isSensitive { $0.value = .string(text) } else { $0.hasSecret = true } }
        case .scope(let side, let place, let scope): change(side, place) { $0.scope = scope }
        case .name(let side, let place, let name): change(side, place) { $0.name = name }
        case .description(let side, let place, let text): change(side, place) { $0.description = text }
        case .type(let side, let place, let type):
            change(side, place) {
                $0.type = type
                $0.value = type == VariableType.sensitive ? .null : "typed"
            }
        case .delete(.source, let place): if !source.isEmpty { source.remove(at: place % source.count) }
        case .delete(.destination, let place):
            if !destination.isEmpty { destination.remove(at: place % destination.count) }
        case .add(.source, let value): source.append(value)
        case .add(.destination, let value): destination.append(value)
        case .regenerateSourceIDs: for index in source.indices { source[index].id += "'" }
        case .mapping(let mapping):
            self.mapping = mapping
            availabilityDigest += "+"
        case .newPolicy(let rules):
            self.rules = rules
            policyDigest += "+"
        }
    }

    private mutating func change(_ side: Edit.Side, _ place: Int, _ change: (inout VariableValue) -> Void) {
        switch side {
        case .source: if !source.isEmpty { change(&source[place % source.count]) }
        case .destination: if !destination.isEmpty { change(&destination[place % destination.count]) }
        }
    }
}

extension GeneratedCase {
    private static let names = ["A", "B"]
    private static let texts = ["1", "2", "3", "#{A}", "x#{B}", "Replace Me"]
    private static let environments = ["Dev", "Test", "Staging", "Prod"]

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        source = (0..<random.pick(0...5)).map { Self.value("s\($0)", &random) }
        destination = (0..<random.pick([0, 0, 0, 1, 2, 3])).map { Self.value("own\($0)", &random) }
        mapping = Self.mapping(&random)
        rules = Self.rules(&random)
        edits = []
        for index in 0..<random.pick(0...5) { edits.append(Self.edit(index, rules, &random)) }
    }

    private static func value(_ id: String, _ random: inout SeededGenerator) -> VariableValue {
        let isSecret = random.chance(12)
        return VariableValue(
            id: id,
            name: random.pick(names),
            type: isSecret ? VariableType.sensitive : VariableType.string,
            value: isSecret ? .null : .string(random.pick(texts)),
            scope: scope(&random),
            description: random.pick(["", "", "d"])
        )
    }

    private static func scope(_ random: inout SeededGenerator) -> VariableScope {
        var scope = VariableScope()
        if random.chance(65) {
            scope[.environments] = (0..<random.pick([1, 1, 2, 3])).map { _ in random.pick(environments + ["DR"]) }
        }
        if random.chance(15) { scope[.roles] = [random.pick(["Web", "SQL"])] }
        if random.chance(10) { scope[.targets] = [random.pick(["t1", "t2"])] }
        if random.chance(5) { scope[.channels] = [random.pick(["c1", "c2"])] }
        return scope
    }

    private static func mapping(_ random: inout SeededGenerator) -> ScopeMapping {
        var outcomes: [String: ScopeMapping.Outcome] = [:]
        for name in environments + ["DR"] {
            switch random.pick(0..<20) {
            case 0..<10: outcomes[name] = .names([name])
            case 10..<13: outcomes[name] = .names([random.pick(environments)])
            case 13: outcomes[name] = .names([random.pick(environments), "DR"])
            case 14: outcomes[name] = .partly([random.pick(environments)])
            case 15: outcomes[name] = random.chance(30) ? .any : .dropped
            default: break
            }
        }
        return ScopeMapping([
            .environments: outcomes, .targets: ["t1": .names(["t1"])],
            .channels: ["c1": .names(["c1"]), "c2": .dropped],
        ])
    }

    private static func rules(_ random: inout SeededGenerator) -> VariableRules {
        var rules = VariableRules()
        for dimension in ScopeDimension.known where random.chance(60) {
            // Errors block the set, which makes for a dull case: rarely.
            let strategies = ScopeStrategy.allCases.filter { !$0.rawValue.hasPrefix("error") }
            rules.scopeMismatch[dimension] = random.chance(3) ? .errorUnlessExactMatch : random.pick(strategies)
        }
        rules.newValue = random.pick(VariableRules.NewValue.allCases)
        rules.overwrite = random.pick(VariableRules.Overwrite.allCases)
        rules.newBesideFrozen = random.pick(VariableRules.BesideFrozen.allCases)
        rules.delete = random.pick(VariableRules.Delete.allCases)
        rules.collision = random.pick([.error, .first, .first, .prefer("Dev"), .placeholder])
        rules.unresolvedReference = random.pick([.placeholder, .placeholder, .warn, .error])
        rules.deletedAtDestination = random.pick(VariableRules.DeletedAtDestination.allCases)
        rules.widening = random.pick(VariableRules.Widening.allCases)
        rules.adoption = random.pick(VariableRules.Adoption.allCases)
        rules.onExcludedChannel = random.pick(VariableRules.ExcludedChannel.allCases)
        rules.destinationOwned = random.chance(7) ? ["b"] : []
        rules.idsAreDependable = !random.chance(15)
        return rules
    }

    private static func edit(_ index: Int, _ rules: VariableRules, _ random: inout SeededGenerator) -> Edit {
        let side: Edit.Side = random.chance(55) ? .destination : .source
        let place = random.pick(0..<5)
        switch random.pick(0..<22) {
        case 0..<6: return .value(side, place, random.pick(texts))
        case 6..<10: return .scope(side, place, scope(&random))
        case 10..<12: return .name(side, place, random.pick(names + ["C"]))
        case 12: return .description(side, place, random.pick(["", "d", "e"]))
        case 13: return .type(side, place, random.pick(["String", "Sensitive", "Certificate"]))
        case 14..<17: return .delete(side, place)
        case 17..<19: return .add(side, value("new\(index)", &random))
        case 19: return .regenerateSourceIDs
        case 20: return .mapping(mapping(&random))
        default:
            var changed = Self.rules(&random)
            changed.adoption = rules.adoption
            return random.chance(50) ? .newPolicy(changed) : .value(side, place, random.pick(texts))
        }
    }
}
