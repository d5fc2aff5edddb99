import Catalog
import Store
import Synchronization

/// The spaces of the instance by id and slug, in memory as long as no space changes.
final class SpaceDirectory: Sendable {
    private struct State {
        var generation = -1
        var byKey: [String: SpaceSummary] = [:]
        var fallback: SpaceSummary?
    }

    private let store: DocumentStore
    private let state = Mutex(State())

    init(store: DocumentStore) { self.store = store }

    /// The space with this id or slug, in any case.
    func space(_ idOrSlug: String) async throws -> SpaceSummary? {
        try await current().byKey[idOrSlug.lowercased()]
    }

    /// The default space.
    func defaultSpace() async throws -> SpaceSummary? { try await current().fallback }

    private func current() async throws -> State {
        let generation = store.changes.generation(of: .spaces)
        let known = state.withLock { $0 }
        if known.generation == generation { return known }
        let spaces = try await store.read { reader in
            try reader.page(DocumentQuery(kind: .spaces, order: .created)).items.map { document in
                SpaceSummary(
                    id: document.id,
                    name: document.name,
                    slug: document.slug ?? "",
                    isDefault: try JSON.parse(document.body)["IsDefault"]?.boolValue ?? false
                )
            }
        }
        var fresh = State(generation: generation)
        for space in spaces { fresh.byKey[space.slug.lowercased()] = space }
        // Ids win over slugs that look like them.
        for space in spaces { fresh.byKey[space.id.lowercased()] = space }
        fresh.fallback = spaces.first(where: \.isDefault)
        let result = fresh
        state.withLock { $0 = result }
        return result
    }
}
