import Catalog
import Store

/// Tenants: linked only to projects that take tenants, and made together with the document of their variables.
struct TenantRules: ResourceRules {
    let kind = KindName.tenants

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        guard case .object(let links)? = body["ProjectEnvironments"] else { return }
        var result = JSONObject()
        for (project, environments) in links {
            result[project] = environments.isNull ? [] : environments
            guard old?["ProjectEnvironments"]?[project] == nil else { continue }
            guard let found = try context.find(.projects, project) else { continue }
            guard found.body.text("TenantedDeploymentMode") != "Untenanted" else {
                throw APIProblem.invalid(
                    "The project '\(found.document.name)' is not deployed to tenants. Set its TenantedDeploymentMode to "
                        + "TenantedOrUntenanted or Tenanted first."
                )
            }
        }
        body["ProjectEnvironments"] = .object(result)
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        guard let id = context.catalog[.tenantVariables]?.id(ofOwner: document.id) else { return }
        guard let old else {
            try context.create(.tenantVariables, ["TenantId": .string(document.id)], id: id, inSpace: document.space)
            return
        }
        // Values for projects and environments that the tenant left are dropped.
        guard old["ProjectEnvironments"] != body["ProjectEnvironments"],
            let stored = try context.find(.tenantVariables, id), TenantVariableRules.holdsValues(stored.body)
        else { return }
        try context.update(.tenantVariables, id) { _ in }
    }
}
