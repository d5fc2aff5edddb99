import Catalog
import Store

/// `IsDefault`: exactly one document of a space (or of a project) has it. Setting it on one takes it from the other.
enum DefaultFlag {
    /// Takes the flag from every other document.
    static func moveAway(
        from kind: KindName,
        inSpace space: String?,
        owner: String?,
        to id: String,
        in context: WriteContext
    ) throws {
        for other in try context.all(kind, inSpace: space, owner: owner) where other.id != id {
            guard other.body.flag("IsDefault") else { continue }
            try context.amend(kind, other.id) { $0["IsDefault"] = false }
        }
    }
}

/// Machine policies and worker pools: one of each space is the default, and stays.
struct DefaultFlagRules: ResourceRules {
    let kind: KindName

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        // The flag moves when another document takes it; it cannot be put down.
        if old?.flag("IsDefault") == true { body["IsDefault"] = true }
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        guard body.flag("IsDefault"), old?.flag("IsDefault") != true else { return }
        try DefaultFlag.moveAway(from: kind, inSpace: document.space, owner: nil, to: document.id, in: context)
    }

    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {
        guard body.flag("IsDefault") else { return }
        let title = context.catalog[kind]?.title.one ?? kind.rawValue
        throw APIProblem.invalid("The default \(title) cannot be deleted. Make another one the default first.")
    }
}
