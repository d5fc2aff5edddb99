/// The routes beyond list, all, get, create, update and delete. Each file of this folder registers its own.
enum SpecialRoutes {
    static func register(in routes: inout RouteTable) {}
}
