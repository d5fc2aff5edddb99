import Catalog
import Store

/// What hangs on targets, workers and machine policies.
enum MachineRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("machineroles/all", scope: .space) { request in
            try await request.read { context in
                .json(JSON(ScopeValues.roles(of: try context.all(.machines, inSpace: request.space?.id).map(\.body))))
            }
        }
        for kind in [KindName.machines, .workers] {
            routes.get("\(kind)/operatingsystem/names/all", scope: .space) {
                try await names("OperatingSystem", kind, $0)
            }
            routes.get("\(kind)/operatingsystem/shells/all", scope: .space) { try await names("ShellName", kind, $0) }
            routes.get("\(kind)/discover", scope: .space) { _ in
                throw APIProblem.notSupportedYet("Discovering a machine")
            }
            routes.get("\(kind)/:id/connection", scope: .space) { try await connection(kind, $0) }
        }
        routes.get("machines/:id/tasks", scope: .space) { request in
            let id = try request.parameter("id")
            let machine = try await request.read { try $0.get(.machines, idOrSlug: id).id }
            return try request.page(of: [], type: "Task", path: request.spacePath("machines/\(machine)/tasks"))
        }
        routes.get("machinepolicies/template", scope: .space) { request in
            guard let shape = request.services.resources.catalog[.machinePolicies]?.shape else {
                throw APIProblem.notFound()
            }
            return .json(shape.emptyValue)
        }
        routes.get("machinepolicies/:id/machines", scope: .space) { request in
            try await request.pageBelow(.machinePolicies, "machines", of: .machines) {
                $0.text("MachinePolicyId") == $1
            }
        }
        routes.get("machinepolicies/:id/workers", scope: .space) { request in
            try await request.pageBelow(.machinePolicies, "workers", of: .workers) { $0.text("MachinePolicyId") == $1 }
        }
    }

    private static func names(_ field: String, _ kind: KindName, _ request: APIRequest) async throws -> APIResponse {
        try await request.read { context in
            let values = try context.all(kind, inSpace: request.space?.id).compactMap { $0.body.text(field) }
            return .json(JSON(Set(values).sorted()))
        }
    }

    /// Nobody has talked to the machine yet, and the answer says so.
    private static func connection(_ kind: KindName, _ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let machine = try context.get(kind, idOrSlug: id)
            return .json([
                "Id": .string(machine.id), "MachineId": .string(machine.id), "Status": machine.body.member("Status"),
                "CurrentTentacleVersion": nil, "LastChecked": nil, "Logs": [],
                "Links": ["Self": .string(request.spacePath("\(kind)/\(machine.id)/connection"))],
            ])
        }
    }
}
