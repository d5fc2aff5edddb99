import Catalog

/// The routes beyond list, all, get, create, update and delete. Each file of this folder registers its own.
enum SpecialRoutes {
    static func register(in routes: inout RouteTable, catalog: Catalog = .standard) {
        SortOrderRoutes.register(in: &routes)
        EnvironmentRoutes.register(in: &routes)
        MachineRoutes.register(in: &routes)
        LibraryRoutes.register(in: &routes)
        CertificateRoutes.register(in: &routes)
        FeedRoutes.register(in: &routes)
        PackageRoutes.register(in: &routes)
        CommunityTemplateRoutes.register(in: &routes)
        StepTemplateRoutes.register(in: &routes)
        ProjectRoutes.register(in: &routes)
        RunbookRoutes.register(in: &routes)
        VariableRoutes.register(in: &routes)
        TenantRoutes.register(in: &routes)
        TenantVariableRoutes.register(in: &routes)
        TeamRoutes.register(in: &routes)
        SyncRunRoutes.register(in: &routes)
        LogoRoutes.register(in: &routes, catalog: catalog)
        ServerDocumentRoutes.register(in: &routes)
        EmptyFamilyRoutes.register(in: &routes)
    }
}
