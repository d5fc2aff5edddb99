extension KindName {
    public static let events: KindName = "events"
}

extension Kind {
    /// The audit record of one write; the server makes them, and nobody changes them.
    static let events = Kind(
        .events,
        type: "Event",
        title: .init("event"),
        policyKey: "events",
        scope: .mixed,
        identity: .counted(prefix: "Events"),
        naturalKey: [],
        shape: Shape(
            [
                Field("Category", .line),
                Field("UserId", .reference(to: .users)),
                Field("Username", .line),
                Field("IsService", .bool),
                Field("IdentityEstablishedWith", .line),
                Field("UserAgent", .line),
                Field("IpAddress", .line),
                Field("Occurred", .timestamp),
                Field("Message", .text),
                Field("MessageHtml", .text),
                // An event is a record: that it names a document protects the document from nothing.
                Field("MessageReferences", .opaque).defaulting(to: []),
                Field("RelatedDocumentIds", .strings),
                Field("Comments", .text),
                Field("Details", .text),
                Field("ChangeDetails", .opaque),
            ].map { $0.readOnly() }
        ),
        order: .newestFirst,
        filters: [
            .init("regarding", "RelatedDocumentIds", .anyOf),
            .init("regardingAny", "RelatedDocumentIds", .anyOf),
            .init("user", "UserId", .equals),
            .init("users", "UserId", .anyOf),
            .init("projects", "RelatedDocumentIds", .anyOf),
            .init("projectGroups", "RelatedDocumentIds", .anyOf),
            .init("environments", "RelatedDocumentIds", .anyOf),
            .init("tenants", "RelatedDocumentIds", .anyOf),
            .init("tags", "RelatedDocumentIds", .anyOf),
            .init("eventCategories", "Category", .anyOf),
            .init("eventAgents", "UserAgent", .anyOf),
        ],
        operations: [.list, .get],
        permissions: Permissions(view: "EventView", create: "EventView", edit: "EventView", delete: "EventView"),
        sync: SyncTreatment(.impossible, phase: .never)
    )
}
