import Catalog
import Store

/// What hangs on environments and worker pools: the machines in them, and their summaries.
enum EnvironmentRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("environments/summary", scope: .space) { request in
            try await request.read { .json(try summary(of: .environments, request, $0)) }
        }
        routes.get("workerpools/summary", scope: .space) { request in
            try await request.read { .json(try summary(of: .workerPools, request, $0)) }
        }
        routes.get("environments/:id/machines", scope: .space) { request in
            try await request.pageBelow(.environments, "machines", of: .machines) { machine, id in
                machine.strings("EnvironmentIds").contains(id)
            }
        }
        routes.get("workerpools/:id/workers", scope: .space) { request in
            try await request.pageBelow(.workerPools, "workers", of: .workers) { worker, id in
                worker.strings("WorkerPoolIds").contains(id)
            }
        }
        routes.get("environments/:id/metadata", scope: .space) { request in
            let id = try request.parameter("id")
            return try await request.read { context in
                _ = try context.get(.environments, idOrSlug: id)
                return .json([])
            }
        }
        routes.get("environments/:id/singlyScopedVariableDetails", scope: .space) { try await variables(of: $0) }
        routes.get("environments/v2", scope: .space) { try await secondVersion($0) }
        // No pool of machines that are made on demand: none of their types exists.
        routes.get("workerpools/dynamicworkertypes", scope: .space) { request in
            .json(["Id": "dynamicworkertypes", "WorkerTypes": [], "Links": ["Self": .string(request.path)]])
        }
        routes.get("workerpools/supportedtypes", scope: .space) { _ in
            .json(["SupportedPoolTypes": ["StaticWorkerPool"]])
        }
    }

    /// The list in which every environment says its type; here all are static.
    private static func secondVersion(_ request: APIRequest) async throws -> APIResponse {
        let types = request.query.list("type")?.map { $0.lowercased() }
        return try await request.read { context in
            let ids = request.query.list("ids").map { Set($0.map { $0.lowercased() }) }
            let (name, part) = (request.query["name"]?.lowercased(), request.query["partialName"]?.lowercased())
            let all =
                try types.map { $0.contains("static") } == false
                ? [] : context.all(.environments, inSpace: request.space?.id)
            let chosen = all.filter { environment in
                let own = environment.name.lowercased()
                return (ids?.contains(environment.id.lowercased()) ?? true) && (name.map { $0 == own } ?? true)
                    && (part.map { own.contains($0) } ?? true)
            }
            let items = chosen.map { environment in
                var body = environment.body
                body["Type"] = "Static"
                return body
            }
            return try request.page(of: items, type: "Environment", path: request.spacePath("environments/v2"))
        }
    }

    private static func variables(of request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let environment = try context.get(.environments, idOrSlug: id).id
            var owners = JSONObject()
            for set in try context.users(of: environment, .variableSets) {
                let names = (set.body["Variables"]?.arrayValue ?? []).filter {
                    $0["Scope"]?.strings("Environment") == [environment]
                }.compactMap { $0.text("Name") }
                if !names.isEmpty, let owner = set.document.owner { owners[owner] = JSON(names) }
            }
            return .json([
                "HasUnauthorizedLibraryVariableSetVariables": false, "HasUnauthorizedProjectVariables": false,
                "VariableMap": .object(owners),
            ])
        }
    }

    private static func summary(of kind: KindName, _ request: APIRequest, _ context: ReadContext) throws -> JSON {
        let isPool = kind == .workerPools
        let space = request.space?.id
        let machines = try context.all(isPool ? .workers : .machines, inSpace: space).map(\.body)
        let field = isPool ? "WorkerPoolIds" : "EnvironmentIds"
        var result = MachineCounts.document(of: machines, withTenants: !isPool)
        let ids = request.query.list("ids").map(Set.init)
        let part = request.query["partialName"]?.lowercased()
        let hidesEmpty = try ["hideEmptyEnvironments", "hideEmptyWorkerPools", "hideEmptyPools"]
            .contains { try request.query.bool($0) == true }
        let parts: [JSON] = try context.all(kind, inSpace: space).compactMap { place in
            guard ids?.contains(place.id) ?? true, part.map({ place.name.lowercased().contains($0) }) ?? true else {
                return nil
            }
            let own = machines.filter { $0.strings(field).contains(place.id) }
            if hidesEmpty, own.isEmpty { return nil }
            var item = MachineCounts.document(of: own, withTenants: !isPool)
            item[isPool ? "WorkerPool" : "Environment"] = place.body
            return item
        }
        result[isPool ? "WorkerPoolSummaries" : "EnvironmentSummaries"] = .array(parts)
        return result
    }
}

/// The numbers of a summary.
private enum MachineCounts {
    static func document(of machines: [JSON], withTenants: Bool) -> JSON {
        var counts: JSON = [
            "TotalMachines": .int(machines.count),
            "TotalDisabledMachines": .int(machines.count { $0.flag("IsDisabled") }),
            "MachineHealthStatusSummaries": tally(machines.compactMap { $0.text("HealthStatus") }),
            "MachineEndpointSummaries": tally(machines.compactMap { $0["Endpoint"]?.text("CommunicationStyle") }),
            "TentacleUpgradesRequired": false,
            "MachineIdsForCalamariUpgrade": [], "MachineIdsForTentacleUpgrade": [],
        ]
        if withTenants {
            counts["MachineTenantSummaries"] = tally(machines.flatMap { $0.strings("TenantIds") })
            counts["MachineTenantTagSummaries"] = tally(machines.flatMap { $0.strings("TenantTags") })
        }
        return counts
    }

    private static func tally(_ values: [String]) -> JSON {
        let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
        return .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) }))
    }
}
