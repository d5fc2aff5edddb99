import Catalog
import Store

/// Versions, usages and the search of step templates.
enum StepTemplateRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("actiontemplates/categories", scope: .space) { _ in
            .json([["Id": "Custom", "Name": "Custom step templates", "DisplayOrder": 0]])
        }
        routes.get("actiontemplates/search", scope: .space) { try await search($0) }
        routes.get("actiontemplates/:id/versions/:version", scope: .space) { try await version($0) }
        routes.get("actiontemplates/:id/usage", scope: .space) { try await usage($0) }
        routes.post("actiontemplates/:id/actionsUpdate", scope: .space) { _ in
            throw APIProblem.notSupportedYet("Updating the actions that use a step template")
        }
    }

    private static func search(_ request: APIRequest) async throws -> APIResponse {
        let type = request.query["type"]?.lowercased()
        return try await request.read { context in
            let templates = try context.all(.stepTemplates, inSpace: request.space?.id)
            let installed = Set(templates.compactMap { $0.body.text("CommunityActionTemplateId") })
            let others = try context.all(.communityStepTemplates, inSpace: nil).filter { !installed.contains($0.id) }
            let found = templates.map(item) + others.map(catalogueItem)
            return .json(.array(found.filter { item in type.map { item.text("Type")?.lowercased() == $0 } ?? true }))
        }
    }

    /// A template of the community that is not installed in the space.
    private static func catalogueItem(_ template: Stored) -> JSON {
        [
            "Id": nil, "Type": template.body.member("Type"), "Name": .string(template.name),
            "Description": template.body.member("Description"), "Keywords": "",
            "Author": template.body.member("Author"), "Website": template.body.member("Website"),
            "IsInstalled": false, "IsBuiltIn": false, "Category": "Community", "Categories": ["Community"],
            "Features": [], "CommunityActionTemplateId": .string(template.id), "HasUpdate": false, "SpaceId": nil,
            "Links": template.body["Links"] ?? [:],
        ]
    }

    private static func item(_ template: Stored) -> JSON {
        [
            "Id": .string(template.id), "Type": template.body.member("ActionType"), "Name": .string(template.name),
            "Description": template.body.member("Description"), "Keywords": "", "Author": nil, "Website": nil,
            "IsInstalled": true, "IsBuiltIn": false, "Category": "Custom", "Categories": ["Custom"], "Features": [],
            "CommunityActionTemplateId": template.body.member("CommunityActionTemplateId"), "HasUpdate": false,
            "SpaceId": JSON(template.document.space), "Links": template.body["Links"] ?? [:],
        ]
    }

    private static func version(_ request: APIRequest) async throws -> APIResponse {
        let (id, version) = (try request.parameter("id"), try request.parameter("version"))
        return try await request.read { context in
            let template = try context.get(.stepTemplates, idOrSlug: id)
            guard let number = Int(version) else { throw APIProblem.notFound("version", version) }
            if template.body["Version"]?.intValue == number { return .json(template.body) }
            let old = StepTemplateRules.versionID(template.id, number)
            guard let document = try context.reader.document(StepTemplateRules.versions, old) else {
                throw APIProblem.notFound("version", version)
            }
            return APIResponse(bytes: document.body)
        }
    }

    /// Each action that was made from the template.
    private static func usage(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let template = try context.get(.stepTemplates, idOrSlug: id).id
            let deployment = try context.users(of: template, .deploymentProcesses)
            let runbooks = try context.users(of: template, .runbookProcesses)
            return .json(
                .array(try (deployment + runbooks).flatMap { try actions(of: $0, using: template, context) })
            )
        }
    }

    private static func actions(of process: Stored, using template: String, _ context: ReadContext) throws -> [JSON] {
        let project = try context.find(.projects, process.body.text("ProjectId") ?? "")
        let runbook = try process.body.text("RunbookId").flatMap { try context.find(.runbooks, $0) }
        let isRunbook = process.document.kind == .runbookProcesses
        var result: [JSON] = []
        for step in process.body["Steps"]?.arrayValue ?? [] {
            for action in step["Actions"]?.arrayValue ?? [] {
                guard action["Properties"]?.text("Octopus.Action.Template.Id") == template else { continue }
                result.append([
                    "ActionTemplateId": .string(template), "ActionId": action.member("Id"),
                    "ActionName": action.member("Name"), "ProcessType": isRunbook ? "Runbook" : "Deployment",
                    "ProcessId": .string(process.id), "DeploymentProcessId": isRunbook ? nil : .string(process.id),
                    "ProjectId": JSON(project?.id), "ProjectName": JSON(project?.name),
                    "ProjectSlug": JSON(project?.slug),
                    "RunbookId": JSON(runbook?.id), "RunbookName": JSON(runbook?.name), "StepId": step.member("Id"),
                    "StepName": step.member("Name"),
                    "Version": action["Properties"]?.member("Octopus.Action.Template.Version") ?? nil,
                    "Branch": nil, "Release": nil, "Links": [:],
                ])
            }
        }
        return result
    }
}
