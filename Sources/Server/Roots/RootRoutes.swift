import Catalog
import Store

/// The documents that every client reads first.
enum RootRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("", scope: .system, access: .anonymous) { request in
            let space = try await request.services.spaces.defaultSpace()
            var response = APIResponse.json(serverRoot(request.services.installationID, space))
            response.cachedWith = [.spaces]
            return response
        }
        routes.get("", scope: .space) { request in
            guard let space = request.space else { throw APIProblem.notFound("space") }
            var response = APIResponse.json(spaceRoot(space))
            response.cachedWith = [.spaces]
            return response
        }
        routes.get("serverstatus/health", scope: .system, access: .anonymous) { _ in
            .json([
                "IsOperatingNormally": true, "Description": "The server is operating normally.",
                "IsEntireClusterReadOnly": false, "IsEntireClusterDrainingTasks": false,
                "IsCompliantWithLicense": true, "Links": ["Self": "/api/serverstatus/health"],
            ])
        }
        routes.get("capabilities", scope: .system) { _ in .json(["Capabilities": []]) }
    }

    private static func serverRoot(_ installationID: String, _ space: SpaceSummary?) -> JSON {
        var links: JSONObject = ["Self": "/api"]
        // Without a default space the unprefixed forms are all there is.
        let base = space.map { "/api/\($0.id)" } ?? "/api"
        for (name, template) in RootLinks.ofSpace { links[name] = .string("\(base)/\(template)") }
        for (name, template) in RootLinks.ofServer { links[name] = .string(template) }
        return [
            "Application": "Octopus Deploy", "Version": .string(SkerryVersion.current),
            "ApiVersion": .string(SkerryVersion.api), "InstallationId": .string(installationID),
            "IsEarlyAccessProgram": false, "HasLongTermSupport": false, "Links": .object(links),
        ]
    }

    private static func spaceRoot(_ space: SpaceSummary) -> JSON {
        let base = "/api/\(space.id)"
        var links: JSONObject = ["Self": .string(base)]
        for (name, template) in RootLinks.ofSpace { links[name] = .string("\(base)/\(template)") }
        links["Web"] = .string("/app#/\(space.id)")
        return ["Id": .string(space.id), "Links": .object(links)]
    }
}
