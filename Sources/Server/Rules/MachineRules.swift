import Catalog
import Store

/// Targets and workers: the policy when none is named, and what follows from the endpoint.
struct MachineRules: ResourceRules {
    let kind: KindName

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        if body.text("MachinePolicyId") == nil { body["MachinePolicyId"] = try defaultPolicy(of: body, in: context) }
        if let endpoint = body["Endpoint"] { body["Endpoint"] = Endpoint.normalised(endpoint) }
        try checkPlaces(body)
    }

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        // Intake gives read-only members of the endpoint their defaults.
        let endpoint = Endpoint.normalised(body.member("Endpoint"))
        body["Endpoint"] = endpoint
        body["Thumbprint"] = Endpoint.thumbprint(of: endpoint)
        body["Uri"] = Endpoint.address(of: endpoint)
    }

    private func checkPlaces(_ body: JSON) throws {
        let needed = kind == .machines ? ["EnvironmentIds", "Roles"] : ["WorkerPoolIds"]
        let missing = needed.filter { body.strings($0).isEmpty }
        guard missing.isEmpty else {
            throw APIProblem.invalid(missing.map { "\($0) must name at least one." })
        }
    }

    private func defaultPolicy(of body: JSON, in context: WriteContext) throws -> JSON {
        let space = body.text("SpaceId") ?? context.space?.id
        let policies = try context.all(.machinePolicies, inSpace: space)
        return JSON(policies.first { $0.body.flag("IsDefault") }?.id)
    }
}
