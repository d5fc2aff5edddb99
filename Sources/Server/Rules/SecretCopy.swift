import Catalog
import Store

/// Copies documents with what their bodies do not hold: their secrets.
struct SecretCopy {
    let context: WriteContext

    init(in context: WriteContext) { self.context = context }

    /// The body with its secrets as a client would send them, and with other ids in the place of these.
    func body(of stored: Stored, ids: [String: String]) throws -> JSON {
        guard let shape = context.catalog[stored.document.kind]?.shape else { return stored.body }
        let sites = context.resources.siteContext(in: context.writer)
        return try shape.rewriting(stored.body, in: sites) { site in
            switch site.content {
            case .reference(let reference): reference.replacingTokens(in: site.value) { ids[$0] ?? $0 }
            case .secret:
                try secret(at: site, of: stored).map { ["HasValue": true, "NewValue": .string($0)] } ?? site.value
            case .secretText: JSON(try secret(at: site, of: stored))
            default: site.value
            }
        }
    }

    /// Puts a part (`Steps`, `Variables`) of the one document of a kind that an owner has into that of another owner.
    func copy(
        _ kind: KindName,
        _ field: String,
        fromOwner: String,
        toOwner: String,
        ids: [String: String] = [:]
    ) throws {
        guard let described = context.catalog[kind], let from = described.id(ofOwner: fromOwner),
            let to = described.id(ofOwner: toOwner), let old = try context.find(kind, from)
        else { return }
        let content = try body(of: old, ids: ids)[field] ?? .null
        guard !content.isNull, content != [], content != [:] else { return }
        try context.update(kind, to) { $0[field] = content }
    }

    private func secret(at site: Site, of stored: Stored) throws -> String? {
        try context.writer.secret(stored.document.kind, stored.id, path: site.pathText)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
