public import Catalog

/// Turns the documents of one space, as a server sent them, into a replica.
public enum ReplicaBuilder {
    /// - Parameters:
    ///   - documents: wire documents by kind, all pages of each.
    ///   - eventCursor: the number of the newest event when reading began.
    public static func build(
        identity: ReplicaIdentity,
        documents: [KindName: [JSON]],
        catalog: Catalog,
        eventCursor: Int? = nil
    ) -> Replica {
        var documents = ReservedNames.removed(from: documents)
        // Whoever fetched the pictures themselves knows more than the links say.
        documents[.logos] = documents[.logos] ?? LogoTag.documents(documents, catalog: catalog)
        let index = KeyIndex(documents, catalog: catalog)
        var replica = Replica(identity: identity, eventCursor: eventCursor)
        replica.packages = documents[.packages].map(ReplicaPackages.init)
        replica.keysByID = index.documents
        for parts in index.parts.values { replica.keysByID.merge(parts) { first, _ in first } }
        replica.hasScopedTenantValues = TenantValues.knowsScopes(documents[.tenantVariables] ?? [])
        for project in documents[.projects] ?? [] {
            guard let place = GitPlace(project), let id = project["Id"]?.stringValue, let key = index.documents[id]
            else { continue }
            replica.gitProjects[key] = place
        }
        let normalizer = Normalizer(index: index, controlTypes: controlTypes(documents[.stepTemplates] ?? []))
        for kind in catalog.kinds {
            for document in documents[kind.name] ?? [] {
                if let entity = normalizer.entity(document, kind) { replica.insert(entity) }
            }
        }
        return replica
    }

    /// One document, normalised against a replica that was read before: what an apply compares.
    public static func entity(_ document: JSON, kind: Kind, in documents: [KindName: [JSON]], catalog: Catalog)
        -> Entity?
    {
        let index = KeyIndex(documents, catalog: catalog)
        return Normalizer(index: index, controlTypes: controlTypes(documents[.stepTemplates] ?? [])).entity(
            document,
            kind
        )
    }

    static func controlTypes(_ templates: [JSON]) -> [String: [String: String]] {
        Dictionary(
            templates.compactMap { template in
                guard let id = template["Id"]?.stringValue else { return nil }
                let controls = (template["Parameters"]?.arrayValue ?? []).compactMap { parameter in
                    parameter["Name"]?.stringValue.map {
                        ($0, parameter["DisplaySettings"]?["Octopus.ControlType"]?.stringValue ?? "SingleLineText")
                    }
                }
                return (id, Dictionary(controls) { first, _ in first })
            }
        ) { first, _ in first }
    }
}
