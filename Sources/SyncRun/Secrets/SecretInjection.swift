import APIClient
import Catalog
import Sync

/// Puts values of secrets into a document at the last moment before it is sent.
struct SecretInjection: Sendable {
    let source: SecretSource

    /// The places of an operation that a provider fills, with the values.
    ///
    /// - Throws: `OperationFailure.missingSecret` when the provider has none.
    func values(for operation: Operation) async throws -> [(steps: [SecretStep], value: SecretValue)] {
        var result: [(steps: [SecretStep], value: SecretValue)] = []
        for field in operation.fields where ProvidedSecret.isOne(field.to) {
            let name = "\(operation.key)/\(field.path)"
            // The plan names what is set by the name that it has once everything is renamed.
            guard let steps = SecretTree.steps(to: field.path, in: operation.after, kind: operation.key.kind),
                let value = await source.value(named: name)
            else { throw OperationFailure.missingSecret(name: name) }
            result.append((steps, value))
        }
        return result
    }

    static func fill(
        _ body: JSON,
        with values: [(steps: [SecretStep], value: SecretValue)],
        isVariableSet: Bool
    ) -> JSON {
        values.reduce(body) { body, item in
            let text = JSON.string(item.value.reveal())
            let secret: JSON = isVariableSet ? text : ["HasValue": true, "NewValue": text, "Hint": nil]
            return body.setting(secret, at: item.steps)
        }
    }

    /// Random texts for every secret of a new document that has none: for a server that insists on values. What they
    /// begin with says what they are, to whoever meets one in an error message of some other system.
    static func dummies(for operation: Operation) -> [(steps: [SecretStep], value: SecretValue)] {
        guard operation.key.kind != .variableSets else { return [] }
        return SecretTree.places(in: operation.after, kind: operation.key.kind).filter { !$0.hasValue }.map { place in
            let random = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
            return (place.steps, SecretValue("skerry-placeholder-\(random)"))
        }
    }
}
