import Catalog

/// Every route of the server: special ones first, because they win over those made from the catalog.
enum AllRoutes {
    static func table(_ services: Services) -> RouteTable {
        var routes = RouteTable()
        RootRoutes.register(in: &routes)
        SignIn.register(in: &routes)
        UserRoutes.register(in: &routes)
        APIKeys.register(in: &routes)
        EventRoutes.register(in: &routes)
        ChangeRoutes.register(in: &routes)
        SpecialRoutes.register(in: &routes)
        for kind in services.resources.catalog.kinds where kind.name != .events {
            KindRoutes.register(kind, in: &routes)
        }
        let description = APIResponse(
            bytes: OpenAPIDocument.make(routes: routes, catalog: services.resources.catalog).bytes
        )
        routes.get("openapi.json", scope: .system, access: .anonymous) { _ in description }
        return routes
    }
}
