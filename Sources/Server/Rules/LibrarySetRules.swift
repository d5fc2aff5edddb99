import Catalog
import Store

/// Library variable sets and script modules: each is made together with its variable set, and goes with it.
struct LibrarySetRules: ResourceRules {
    let kind = KindName.librarySets

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        try TemplateParameters.normalise("Templates", of: &body, replacing: old, newID: context.newUUID)
    }

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        body["VariableSetId"] = JSON(context.catalog[.variableSets]?.id(ofOwner: body.text("Id") ?? ""))
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        guard old == nil, let id = body.text("VariableSetId") else { return }
        try context.create(
            .variableSets,
            ["OwnerId": .string(document.id), "Variables": []],
            id: id,
            inSpace: document.space
        )
    }
}
