import Instances
import Synchronization

/// The routes that requests are looked up in; replaced as a whole.
final class CurrentRoutes: Sendable {
    private let routes = Mutex<[FrontDoorPlan.Route]>([])

    func replace(_ new: [FrontDoorPlan.Route]) { routes.withLock { $0 = new } }

    func find(_ request: RoutedRequest) -> FrontDoorPlan.Route? {
        routes.withLock { $0 }.lazy.compactMap { route in request.rank(of: route).map { (route, $0) } }
            .max { $0.1 < $1.1 }?.0
    }
}

/// What decides where a request goes.
struct RoutedRequest {
    /// Where the client came in.
    var listener: FrontDoorPlan.Listener
    /// The address of this machine that it connected to.
    var localAddress: String
    /// The host of the `Host` header, without port, in lower case.
    var host: String
    /// Without query.
    var path: Substring

    /// How well a route fits: by host name before by address before by any, then the longest path; nil when it does not.
    func rank(of route: FrontDoorPlan.Route) -> Int? {
        let prefix = route.prefix
        guard prefix.port == listener.port, prefix.isTLS == listener.isTLS, Self.path(path, isBelow: prefix.path),
            let host = hostRank(of: prefix)
        else { return nil }
        return host * 1_000 + prefix.path.utf8.count
    }

    private func hostRank(of prefix: ListenPrefix) -> Int? {
        if prefix.isEveryInterface { return 0 }
        if prefix.isHostName { return prefix.host == host ? 2 : nil }
        if prefix.host == "localhost" { return localAddress.hasPrefix("127.") || localAddress == "::1" ? 1 : nil }
        return prefix.host == localAddress ? 1 : nil
    }

    /// `/group1` is above `/group1` and `/group1/x`, never above `/group10`.
    static func path(_ path: Substring, isBelow prefix: String) -> Bool {
        guard path.hasPrefix(prefix) else { return false }
        let rest = path.dropFirst(prefix.count)
        return rest.isEmpty || prefix.isEmpty || rest.hasPrefix("/")
    }
}
