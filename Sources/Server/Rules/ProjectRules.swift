import Catalog
import Store

/// A project is made with an empty process, an empty variable set and a channel named `Default`.
struct ProjectRules: ResourceRules {
    let kind = KindName.projects

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        try TemplateParameters.normalise("Templates", of: &body, replacing: old, newID: context.newUUID)
        try checkReleaseCreation(body)
        // Seen only through the deployment settings, so a PUT of the project does not name them.
        for field in DeploymentSettings.settingsOnly { body[field] = body[field] ?? old?[field] ?? false }
    }

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        let id = body.text("Id") ?? ""
        body["VariableSetId"] = JSON(context.catalog[.variableSets]?.id(ofOwner: id))
        body["DeploymentProcessId"] = JSON(context.catalog[.deploymentProcesses]?.id(ofOwner: id))
        body["PersistenceSettings"] = old?["PersistenceSettings"] ?? ["Type": "Database"]
        body["IsVersionControlled"] = .bool(GitSettings(project: body) != nil)
        if body.flag("IsVersionControlled") { try DeploymentSettings.refuseChanges(of: &body, id: id) }
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        guard old == nil else { return }
        let owner = JSON.string(document.id)
        try context.create(
            .deploymentProcesses,
            ["ProjectId": owner, "Steps": [], "LastSnapshotId": nil],
            id: body.text("DeploymentProcessId"),
            inSpace: document.space
        )
        try context.create(
            .variableSets,
            ["OwnerId": owner, "Variables": []],
            id: body.text("VariableSetId"),
            inSpace: document.space
        )
        try context.create(
            .channels,
            ["ProjectId": owner, "Name": "Default", "IsDefault": true, "LifecycleId": nil],
            inSpace: document.space
        )
    }

    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {
        // The links of tenants to the project go with it, and their values for it with the links.
        for tenant in try context.all(.tenants, inSpace: document.space) {
            guard tenant.body["ProjectEnvironments"]?[document.id] != nil else { continue }
            try context.update(.tenants, tenant.id) { body in
                var links = body.member("ProjectEnvironments")
                links[document.id] = nil
                body["ProjectEnvironments"] = links
            }
        }
    }

    private func checkReleaseCreation(_ body: JSON) throws {
        guard body.flag("AutoCreateRelease") else { return }
        let strategy = body.member("ReleaseCreationStrategy")
        if strategy.isAbsent("ReleaseCreationPackage"), strategy.text("ReleaseCreationPackageStepId") == nil {
            throw APIProblem.invalid(
                "AutoCreateRelease needs a package: name it in ReleaseCreationStrategy.ReleaseCreationPackage."
            )
        }
    }
}
