public import Catalog

extension Catalog {
    /// SHA-256 of what decides how documents are read: kinds, their keys, their fields and who owns each.
    public var digest: String {
        Fingerprint.hash(
            .array(
                kinds.map { kind in
                    [
                        "kind": .string(kind.name.rawValue), "mode": .string(kind.sync.mode.rawValue),
                        "phase": .int(kind.sync.phase.rawValue), "key": JSON(kind.naturalKey),
                        "fields": .array(Self.summary(of: kind.shape)),
                    ]
                }
            )
        )
    }

    private static func summary(of shape: Shape) -> [JSON] {
        func line(_ field: Field) -> JSON { .string("\(field.name) \(field.syncOwner)") }
        let variants = shape.variants.sorted { $0.key < $1.key }
        return shape.fields.map(line) + variants.map { .array([.string($0.key)] + $0.value.map(line)) }
    }
}
