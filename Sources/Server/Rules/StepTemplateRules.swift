import Catalog
import Store

/// Step templates: every save is a version of its own, and the older ones stay readable.
struct StepTemplateRules: ResourceRules {
    let kind = KindName.stepTemplates

    /// Not in the catalog: an older version is no resource, only the body that the template had.
    static let versions: KindName = "actiontemplateversions"

    static func versionID(_ template: String, _ version: Int) -> String { "\(template)/versions/\(version)" }

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        let community = old?.text("CommunityActionTemplateId")
        if community != nil, context.installedTemplate == nil {
            throw APIProblem.invalid(
                "The step template comes from the community library and cannot be edited. "
                    + "PUT /api/communityactiontemplates/\(community ?? "")/installation/{space} updates it."
            )
        }
        body["CommunityActionTemplateId"] = .some(JSON(context.installedTemplate ?? community))
        body["Properties"] = ProcessBody.properties(body["Properties"])
        try TemplateParameters.normalise("Parameters", of: &body, replacing: old, newID: context.newUUID)
        try normalisePackages(&body, newID: context.newUUID)
        try BuiltInFeedAlias.resolve(&body, of: kind, in: context)
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        guard let old, let version = old["Version"]?.intValue else { return }
        let id = Self.versionID(document.id, version)
        guard try context.writer.document(Self.versions, id) == nil else { return }
        try context.writer.insert(
            DocumentDraft(
                kind: Self.versions,
                id: id,
                space: document.space,
                owner: document.id,
                name: String(version),
                body: old.bytes
            ),
            event: EventDraft(
                "Created",
                message: "Version \(version) of the step template \(document.name) was kept",
                documentType: "ActionTemplateVersions",
                relatedIDs: [document.id]
            )
        )
    }

    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {
        let kept = try context.writer.page(DocumentQuery(kind: Self.versions, owners: [document.id])).items
        for version in kept {
            try context.writer.delete(
                Self.versions,
                version.id,
                event: EventDraft(
                    "Deleted",
                    message: "Version \(version.name) of the step template \(document.name) was deleted",
                    documentType: "ActionTemplateVersions",
                    relatedIDs: [document.id]
                )
            )
        }
    }

    private func normalisePackages(_ body: inout JSON, newID: () -> String) throws {
        guard case .array(let packages)? = body["Packages"] else { return }
        var names = Set<String>()
        body["Packages"] = .array(
            try packages.map { package in
                guard package.objectValue != nil else {
                    throw APIProblem.invalid("Packages must hold objects, but one is \(package.typeName).")
                }
                guard names.insert((package.text("Name") ?? "").lowercased()).inserted else {
                    throw APIProblem.invalid("Two packages of the step template have the same Name.")
                }
                var package = package
                if package.text("Id") == nil { package["Id"] = .string(newID()) }
                if package["Properties"]?.objectValue == nil { package["Properties"] = [:] }
                return package
            }
        )
    }
}
