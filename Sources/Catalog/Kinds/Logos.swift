extension KindName {
    public static let logos: KindName = "logos"
}

extension Kind {
    /// The picture of a project, a tenant or a step template. It is no document of the API, which has bytes at
    /// `…/{id}/logo`; sync treats it as a part of its owner that holds nothing but the tag of its content.
    static let logos = Kind(
        .logos,
        type: "Logo",
        title: .init("logo"),
        policyKey: "logos",
        identity: .ofOwner(prefix: "logo-"),
        owner: Owner("OwnerId", .projects, .tenants, .stepTemplates),
        naturalKey: [],
        shape: Shape([
            Field("OwnerId", .reference(Reference(to: .projects, .tenants, .stepTemplates))).readOnly(),
            // Equal content has equal tags, on every server.
            Field("ContentTag", .line),
        ]),
        order: .field("OwnerId"),
        operations: [],
        permissions: Permissions(editing: "Project"),
        sync: SyncTreatment(.initialOnly, phase: .logos)
    )
}

/// What is known of logos without fetching them.
public enum LogoTag {
    /// The tag in the address that a document links its logo with (`…/logo?cb=3f2a…`), or nil: for a document without
    /// a logo, and from servers that put something else there.
    public static func inLink(of document: JSON) -> String? {
        guard let link = document["Links"]?["Logo"]?.stringValue,
            let query = link.split(separator: "?", maxSplits: 1).dropFirst().first,
            let pair = query.split(separator: "&").first(where: { $0.hasPrefix("cb=") })
        else { return nil }
        let tag = pair.dropFirst(3)
        let isTag = tag.utf8.count == 32 && tag.utf8.allSatisfy { hexadecimal.contains($0) }
        return isTag ? String(tag) : nil
    }

    private static let hexadecimal = Set("0123456789abcdef".utf8)

    /// The documents of ``Kind/logos`` that follow from the links of their owners.
    public static func documents(_ documents: [KindName: [JSON]], catalog: Catalog) -> [JSON] {
        guard let logos = catalog[.logos] else { return [] }
        return (logos.owner?.kinds ?? []).flatMap { kind in
            (documents[kind] ?? []).compactMap { document in
                guard let tag = inLink(of: document), let id = document["Id"]?.stringValue else { return nil }
                return self.document(owner: id, tag: tag)
            }
        }
    }

    public static func document(owner: String, tag: String) -> JSON {
        ["Id": .string("logo-\(owner)"), "OwnerId": .string(owner), "ContentTag": .string(tag)]
    }
}
