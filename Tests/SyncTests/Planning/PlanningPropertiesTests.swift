import Catalog
import Testing

@testable import Sync

/// Numbers that look random and are the same on every run.
struct Dice {
    private var state: UInt64
    init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func roll(_ sides: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % sides
    }

    mutating func pick<T>(_ items: [T]) -> T { items[roll(items.count)] }
    mutating func some<T>(of items: [T]) -> [T] { items.filter { _ in roll(2) == 0 } }
}

/// A run of edits on both sides with a sync after each round. Leaving edits out makes a smaller case of the same kind.
struct Story: CustomStringConvertible {
    enum Edit: CustomStringConvertible {
        case sourceProject(String, String)
        case destinationProject(String, String)
        case sourceSteps(String, [String], [String])
        case destinationStep(String, String)
        case destinationScope(String, [String])
        case renameProject(String, String)
        case swapGroups
        case newProject(String)
        case removeChannel(String)
        case removeTenant(String)
        case link(String, [String])
        case destinationLink(String, [String])
        case destinationGroup(String)
        case sync

        var description: String {
            switch self {
            case .sync: "SYNC"
            case .sourceProject(let name, let text): "source \(name).Description = \(text)"
            case .destinationProject(let name, let text): "destination \(name).Description = \(text)"
            case .sourceSteps(let name, let steps, let scope): "source \(name).Steps = \(steps) in \(scope)"
            case .destinationStep(let name, let step): "destination \(name) has own step \(step)"
            case .destinationScope(let name, let scope): "destination \(name) first step in \(scope)"
            case .renameProject(let old, let new): "source renames \(old) to \(new)"
            case .swapGroups: "source swaps groups"
            case .newProject(let name): "source adds \(name)"
            case .removeChannel(let name): "source removes channel Beta of \(name)"
            case .removeTenant(let name): "source removes tenant \(name)"
            case .link(let name, let scope): "source links \(name) to \(scope)"
            case .destinationLink(let name, let scope): "destination links \(name) to \(scope)"
            case .destinationGroup(let text): "destination describes group G1 as \(text)"
            }
        }
    }

    var seed: Int
    var edits: [Edit]
    var rules: [Policy.EnvironmentRule]
    var onConflict: Policy.ConflictStrategy

    static let environments = ["Dev", "Test", "Production"]

    init(seed: Int) {
        self.seed = seed
        var dice = Dice(seed)
        rules = dice.pick([
            [], [.init("Dev", .drop)], [.init("Dev", .names(["Test"]))], [.init("Dev", .drop), .init("Test", .drop)],
            [.init("Test", .names(["Production", "Dev"]))],
        ])
        onConflict = dice.pick([.stop, .source, .destination])
        edits = []
        for _ in 0..<(2 + dice.roll(3)) {
            for _ in 0..<dice.roll(5) { edits.append(Self.edit(&dice)) }
            edits.append(.sync)
        }
    }

    private static func edit(_ dice: inout Dice) -> Edit {
        let project = dice.pick(["A", "B", "C"])
        let texts = ["x", "y", "z"]
        switch dice.roll(14) {
        case 0: return .sourceProject(project, dice.pick(texts))
        case 1: return .destinationProject(project, dice.pick(texts))
        case 2, 3, 4:
            return .sourceSteps(project, dice.some(of: ["One", "Two", "Three", "Four"]), dice.some(of: environments))
        case 5: return .destinationStep(project, dice.pick(["Mine", "Two"]))
        case 6: return .destinationScope(project, dice.some(of: environments))
        case 7: return .renameProject(project, dice.pick(["A", "B", "C", "D"]))
        case 8: return .swapGroups
        case 9: return .newProject(dice.pick(["A", "B", "C", "D"]))
        case 10: return .removeChannel(project)
        case 11: return dice.roll(3) == 0 ? .removeTenant("T1") : .link("T2", dice.some(of: environments))
        case 12: return .destinationLink("T1", dice.some(of: environments))
        default: return .destinationGroup(dice.pick(texts))
        }
    }

    var description: String {
        "seed \(seed), rules \(rules.map { "\($0.pattern): \($0.target)" }), onConflict \(onConflict)\n"
            + edits.map { "  \($0)" }.joined(separator: "\n")
    }

    // MARK: - Playing

    func start() -> Duo {
        var duo = Duo(
            policy { policy in
                policy.environments = rules
                policy.onConflict = onConflict
            }
        )
        for name in Self.environments { duo.source.environments(name) }
        duo.destination.environments("Production", "Test", "Dev")
        for name in ["G1", "G2"] { duo.source.add(EntityKey(.projectGroups, name)) }
        for name in ["A", "B"] { Self.addProject(name, to: &duo) }
        duo.source.add(
            EntityKey(.tenants, "T1"),
            ["ProjectEnvironments": ["A": refs(.environments, Self.environments)]]
        )
        duo.source.add(EntityKey(.tenants, "T2"), ["ProjectEnvironments": ["B": refs(.environments, ["Production"])]])
        return duo
    }

    private static func addProject(_ name: String, to duo: inout Duo) {
        duo.source.project(name, ["ProjectGroupId": ref(.projectGroups, "G1")], steps: [step("One"), step("Two")])
        duo.source.add(EntityKey(.channels, name, "Beta"))
    }

    /// What went wrong, or nil.
    func failure() -> String? {
        var duo = start()
        do {
            for edit in edits {
                if case .sync = edit {
                    if let failure = try Self.sync(&duo) { return failure }
                } else {
                    Self.apply(edit, to: &duo)
                }
            }
        } catch { return "no plan: \(error)" }
        return nil
    }

    private static func sync(_ duo: inout Duo) throws -> String? {
        let outcome = try duo.plan()
        let again = try duo.plan()
        if outcome.plan != again.plan || outcome.proposedState != again.proposedState { return "not deterministic" }
        for operation in outcome.plan.operations {
            if let leak = leak(in: operation.after) { return "\(operation.summary) holds \(leak)" }
            if operation.action == .rename { continue }
            if let owned = ownedField(operation, duo) { return "\(operation.summary) writes \(owned)" }
            if let widened = widening(operation, duo) { return "\(operation.summary) widens \(widened)" }
        }
        var next = duo
        for operation in outcome.plan.operations { next.destination.carryOut(operation) }
        next.state = outcome.proposedState.completed(with: next.destination.replica)
        let residue = try next.residue()
        if !residue.isEmpty {
            return "left over after \(outcome.plan.operations.map(\.summary)): \(residue)"
        }
        // A plan with conflicts is not carried out.
        if outcome.plan.conflicts.isEmpty { duo = next }
        return nil
    }

    private static func leak(in body: JSON) -> String? {
        switch body {
        case .string(let text): return text.contains("-s") ? text : nil
        case .array(let elements): return elements.lazy.compactMap(leak).first
        case .object(let object): return object.lazy.compactMap { leak(in: $0.value) }.first
        default: return nil
        }
    }

    /// A field of the destination's that an update would change.
    private static func ownedField(_ operation: Sync.Operation, _ duo: Duo) -> String? {
        guard operation.action == .update, let kind = Catalog.standard[operation.key.kind] else { return nil }
        return operation.fields.map { $0.path.split(separator: "/")[0] }.map(String.init).first { name in
            kind.field(name)?.syncOwner == .destination
        }
    }

    /// An action that is unrestricted although the source's is restricted.
    private static func widening(_ operation: Sync.Operation, _ duo: Duo) -> String? {
        guard operation.key.kind == .deploymentProcesses, !operation.risks.contains(.widening) else { return nil }
        let source = duo.source.replica.entities(of: .deploymentProcesses).flatMap {
            $0.body["Steps"]?.arrayValue ?? []
        }
        for step in operation.after["Steps"]?.arrayValue ?? [] where step["Actions"]?[0]?["Environments"] == [] {
            let name = step["Name"]
            let changed = operation.fields.contains { $0.path == "Steps/\(name?.stringValue ?? "")" }
            let others = source.filter { $0["Name"] == name }
            if changed, !others.isEmpty, others.allSatisfy({ $0["Actions"]?[0]?["Environments"] != [] }) {
                return name?.stringValue
            }
        }
        return nil
    }

    // MARK: - Edits

    private static func apply(_ edit: Edit, to duo: inout Duo) {
        switch edit {
        case .sync: break
        case .sourceProject(let name, let text):
            set("Description", .string(text), EntityKey(.projects, name), &duo.source)
        case .destinationProject(let name, let text):
            set("Description", .string(text), EntityKey(.projects, name), &duo.destination)
        case .sourceSteps(let name, let steps, let scope):
            let body = steps.enumerated().map { step($1, ["Environments": $0 == 0 ? refs(.environments, scope) : []]) }
            set("Steps", .array(body), EntityKey(.deploymentProcesses, name), &duo.source)
        case .destinationStep(let name, let own):
            let key = EntityKey(.deploymentProcesses, name)
            guard let steps = duo.destination.replica[key]?.body["Steps"]?.arrayValue else { return }
            let others = steps.filter { $0["Name"]?.stringValue != own }
            set("Steps", .array(others.prefix(1) + [step(own)] + others.dropFirst()), key, &duo.destination)
        case .destinationScope(let name, let scope):
            let key = EntityKey(.deploymentProcesses, name)
            guard var steps = duo.destination.replica[key]?.body["Steps"]?.arrayValue, !steps.isEmpty else { return }
            guard var action = steps[0]["Actions"]?[0] else { return }
            action["Environments"] = refs(.environments, scope)
            steps[0]["Actions"] = [action]
            set("Steps", .array(steps), key, &duo.destination)
        case .renameProject(let old, let new):
            guard duo.source.replica[EntityKey(.projects, old)] != nil,
                duo.source.replica[EntityKey(.projects, new)] == nil
            else { return }
            duo.source.renameByHand(EntityKey(.projects, old), to: new)
        case .swapGroups:
            let (one, two) = (EntityKey(.projectGroups, "G1"), EntityKey(.projectGroups, "G2"))
            duo.source.moveKeys([one: two, two: one])
            set("Name", "G1", one, &duo.source)
            set("Name", "G2", two, &duo.source)
        case .newProject(let name):
            if duo.source.replica[EntityKey(.projects, name)] == nil { addProject(name, to: &duo) }
        case .removeChannel(let name): duo.source.replica.remove(EntityKey(.channels, name, "Beta"))
        case .removeTenant(let name): duo.source.replica.remove(EntityKey(.tenants, name))
        case .link(let name, let scope): link(name, scope, &duo.source)
        case .destinationLink(let name, let scope): link(name, scope, &duo.destination)
        case .destinationGroup(let text):
            set("Description", .string(text), EntityKey(.projectGroups, "G1"), &duo.destination)
        }
    }

    private static func link(_ name: String, _ scope: [String], _ side: inout Sketch) {
        guard let project = side.replica.entities(of: .projects).first?.key.name else { return }
        set(
            "ProjectEnvironments",
            JSON(dictionary: project, refs(.environments, scope)),
            EntityKey(.tenants, name),
            &side
        )
    }

    private static func set(_ field: String, _ value: JSON, _ key: EntityKey, _ side: inout Sketch) {
        guard side.replica[key] != nil else { return }
        side.edit(key) { $0[field] = value }
    }

    // MARK: - Shrinking

    /// The shortest story of this kind that still fails.
    func shrunk() -> Story {
        var story = self
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            for index in story.edits.indices.reversed() {
                var candidate = story
                candidate.edits.remove(at: index)
                if candidate.failure() != nil {
                    story = candidate
                    isSmaller = true
                    break
                }
            }
        }
        return story
    }
}

extension JSON {
    fileprivate init(dictionary name: String, _ value: JSON) { self = .object(JSONObject([(name, value)])) }
}

@Suite("Properties of plans")
struct PlanningPropertiesTests {
    @Test(
        "applying a plan leaves nothing to do, leaks no id, writes nothing of the destination's and widens nothing",
        arguments: 0..<20
    )
    func stories(block: Int) {
        for seed in (block * 60)..<(block * 60 + 60) {
            let story = Story(seed: seed)
            guard story.failure() != nil else { continue }
            let small = story.shrunk()
            Issue.record("\(small.failure() ?? "")\n\(small)")
            return
        }
    }
}
