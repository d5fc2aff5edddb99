import Catalog
import Store

/// What every space begins with, under the names that clients look for.
enum SpaceContents {
    static func create(in space: String, isDefault: Bool, context: WriteContext) throws {
        try context.create(
            .projectGroups,
            ["Name": "Default Project Group", "Description": ""],
            inSpace: space
        )
        try context.create(
            .lifecycles,
            ["Name": "Default Lifecycle", "Phases": []],
            inSpace: space
        )
        try context.create(
            .feeds,
            ["Name": .string(Resources.builtInFeedName), "FeedType": "BuiltIn"],
            id: isDefault ? Resources.builtInFeedID : nil,
            inSpace: space
        )
        try context.create(
            .feeds,
            ["Name": "Octopus Server Releases (built-in)", "FeedType": "OctopusProject"],
            id: isDefault ? "feeds-builtin-releases" : nil,
            inSpace: space
        )
        try context.create(
            .machinePolicies,
            ["Name": "Default Machine Policy", "IsDefault": true],
            inSpace: space
        )
        try context.create(
            .workerPools,
            ["Name": "Default Worker Pool", "WorkerPoolType": "StaticWorkerPool", "IsDefault": true],
            inSpace: space
        )
    }

    /// Removes everything that belongs to a space, whatever refers to what: all of it goes.
    static func removeAll(of space: String, context: WriteContext) throws {
        let kinds = context.catalog.kinds.filter { $0.scope != .system }
        for kind in kinds {
            try remove(kind.name, type: kind.type, title: kind.title.one, of: space, context: context)
        }
        try remove(
            StepTemplateRules.versions,
            type: "ActionTemplateVersions",
            title: "version of a step template",
            of: space,
            context: context
        )
        // Their files go with the next start, or with the next package that is deleted.
        try remove(PackageShelf.kind, type: "Package", title: "package", of: space, context: context)
    }

    private static func remove(
        _ kind: KindName,
        type: String,
        title: String,
        of space: String,
        context: WriteContext
    ) throws {
        for document in try context.writer.page(DocumentQuery(kind: kind, spaces: [space])).items {
            let event = EventDraft(
                "Deleted",
                message: "\(title.capitalizedFirst) \(document.name) was deleted with its space",
                documentType: type
            )
            try context.writer.delete(kind, document.id, event: event)
        }
    }
}
