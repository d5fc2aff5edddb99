import Catalog
import Store

/// `feeds-builtin` names the built-in feed of whatever space it is said in. Only the default space's feed really has
/// this id; elsewhere the alias becomes the id of the space's own feed.
enum BuiltInFeedAlias {
    static func resolve(_ body: inout JSON, of kind: KindName, in context: WriteContext) throws {
        guard let shape = context.catalog[kind]?.shape else { return }
        let space = body.text("SpaceId") ?? context.space?.id
        var own: String??
        body = try shape.rewriting(body) { site in
            guard case .reference(let reference) = site.content, reference.targets.contains(.feeds) else {
                return site.value
            }
            return try reference.replacingTokens(in: site.value) { token in
                guard token.lowercased() == Resources.builtInFeedID else { return token }
                if own == nil { own = .some(try id(inSpace: space, of: context.writer)) }
                return (own ?? nil) ?? token
            }
        }
    }

    static func id(inSpace space: String?, of reader: some StoreReading) throws -> String? {
        try reader.document(.feeds, name: Resources.builtInFeedName, in: space)?.id
    }
}
