public import Catalog

/// Normalises single documents of one replica, and knows what is called what there.
///
/// An apply learns ids as it creates: what it was told by a read or by an answer is known from then on.
public struct DocumentNormalizer: Sendable {
    private let catalog: Catalog
    private var index: KeyIndex
    private var controlTypes: [String: [String: String]]

    /// - Parameter documents: wire documents by kind, as a read of the whole replica gave them.
    public init(_ documents: [KindName: [JSON]], catalog: Catalog) {
        self.catalog = catalog
        index = KeyIndex(documents, catalog: catalog)
        controlTypes = ReplicaBuilder.controlTypes(documents[.stepTemplates] ?? [])
    }

    /// One more document, or a newer form of one that is known.
    public mutating func learn(_ document: JSON, kind: KindName) {
        guard let kind = catalog[kind] else { return }
        index.learn(document, kind)
        if kind.name == .stepTemplates {
            controlTypes.merge(ReplicaBuilder.controlTypes([document])) { $1 }
        }
    }

    /// The document of this id is gone.
    public mutating func forget(id: String) { index.forget(id) }

    /// Nil for a document that sync does not see: one without a name, one whose owner is unknown.
    public func entity(_ document: JSON, kind: KindName) -> Entity? {
        guard let kind = catalog[kind] else { return nil }
        return Normalizer(index: index, controlTypes: controlTypes).entity(document, kind)
    }

    public func id(of key: EntityKey) -> String? { index.ids[key] }

    public func key(ofID id: String) -> EntityKey? { index.documents[id] }
}
