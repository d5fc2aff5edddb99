import Catalog
import Testing

@testable import Sync

/// A variable set on two servers, with what is remembered between syncs. Applying an outcome does what a server does:
/// it stores the list and gives ids to the new values.
struct SyncedSet {
    var source: [VariableValue] = []
    var destination: [VariableValue] = []
    var base = VariableBase()
    var mapping = ScopeMapping()
    var rules = VariableRules()
    var policyDigest = "policy"
    var availabilityDigest = "availability"
    var usedNames: Set<String> = []
    var knownNames: Set<String> = []
    var unavailableReferences: Set<String> = []
    var resolutions: [String: VariableAnswer] = [:]
    var nextID = 1

    func plan() -> VariableSetOutcome {
        matchVariables(
            VariableSetInput(
                source: source,
                destination: destination,
                base: base,
                mapping: mapping,
                rules: rules,
                policyDigest: policyDigest,
                availabilityDigest: availabilityDigest,
                usedNames: usedNames,
                knownNames: knownNames,
                unavailableReferences: unavailableReferences,
                resolutions: resolutions
            )
        )
    }

    mutating func apply(_ outcome: VariableSetOutcome) throws {
        destination = outcome.result.map { value in
            guard value.id.isEmpty else { return value }
            var stored = value
            stored.id = "d\(nextID)"
            nextID += 1
            return stored
        }
        base = try outcome.settled(destination)
    }

    /// Plans, applies, and checks that planning again finds nothing to do and remembers the same.
    @discardableResult
    mutating func sync(sourceLocation: SourceLocation = #_sourceLocation) throws -> VariableSetOutcome {
        let outcome = plan()
        try apply(outcome)
        let again = plan()
        #expect(again.operations == [], "a second run has nothing to do", sourceLocation: sourceLocation)
        #expect(again.result == destination, sourceLocation: sourceLocation)
        #expect(again.nextBase == base, "and remembers the same", sourceLocation: sourceLocation)
        return outcome
    }

    /// The destination as a table: name, value, scope.
    var table: [String] { destination.map(\.row) }

    /// Edits the only value of the destination with this text.
    mutating func edit(_ text: JSON, _ change: (inout VariableValue) -> Void) throws {
        let index = try #require(destination.firstIndex { $0.value == text })
        change(&destination[index])
    }
}

extension VariableValue {
    var row: String { "\(name) = \(value.stringValue ?? value.text) [\(scope)]" }
}

extension VariableSetOutcome {
    /// The operations in short: what and on which name.
    var steps: [String] {
        operations.map { operation in
            "\(operation.kind) \(operation.name)"
                + (operation.kind == .update
                    ? " (\(operation.fields.map(\.field.rawValue).joined(separator: ",")))" : "")
        }
    }

    func notices(_ reason: VariableReason) -> [VariableNotice] { notices.filter { $0.reason == reason } }
    var reasons: Set<VariableReason> { Set(notices.map(\.reason)) }
    var declinedReasons: [String: VariableReason] {
        Dictionary(declined.map { ($0.sourceID, $0.reason) }, uniquingKeysWith: { first, _ in first })
    }
}

/// A text value.
func text(_ id: String, _ name: String, _ value: String, _ scope: VariableScope = .unrestricted) -> VariableValue {
    VariableValue(id: id, name: name, value: .string(value), scope: scope)
}

func environments(_ names: String...) -> VariableScope { [.environments: names] }
func roles(_ names: String...) -> VariableScope { [.roles: names] }

/// A destination that has these environments, under the same names.
func having(_ environments: String...) -> ScopeMapping {
    ScopeMapping([
        .environments: Dictionary(
            environments.map { ($0, .names([$0])) },
            uniquingKeysWith: { first, _ in first }
        )
    ])
}
