import Foundation

/// What the front door of a machine serves: which of the addresses of server instances are shared, and where requests
/// for each go.
///
/// An address is shared when it has a path, or when another address needs the same port; every other one is listened on
/// by its instance directly.
public struct FrontDoorPlan: Sendable, Hashable {
    /// Requests for one address of one instance.
    public struct Route: Sendable, Hashable {
        /// The name of the instance, for people.
        public var name: String
        public var slug: String
        public var prefix: ListenPrefix
        /// The socket that the instance answers on.
        public var socket: String
    }

    /// The certificate for one host name of a shared address.
    public struct Certificate: Sendable, Hashable {
        public var host: String
        public var files: InstanceConfiguration.TLS
        /// Which edition of the files it is: another one has to be read anew.
        public var edition: String
    }

    /// An address of this machine to listen on.
    public struct Listener: Sendable, Hashable {
        public var isTLS: Bool
        /// An address of this machine, or `*` for all.
        public var host: String
        public var port: Int
        public var certificates: [Certificate]

        /// `http://*:80`
        public var url: String { ListenPrefix(isTLS: isTLS, host: host, port: port).url }
    }

    /// Sorted by address.
    public var routes: [Route]
    public var listeners: [Listener]

    public var isNeeded: Bool { !routes.isEmpty }
}

extension InstanceRegistry {
    /// What the front door has to serve now, by the configurations and by what runs.
    public func frontDoorPlan() throws(InstanceError) -> FrontDoorPlan {
        var known: [(record: InstanceRecord, settings: InstanceConfiguration)] = []
        for record in try records() {
            if let settings = try? configuration(of: record) { known.append((record, settings)) }
        }
        let all = known.flatMap(\.settings.webListenPrefixes)
        var routes: [FrontDoorPlan.Route] = []
        var certificates: [FrontDoorPlan.Route: FrontDoorPlan.Certificate] = [:]
        for (record, settings) in known {
            // One that runs behind the door goes on to be served there until it is started anew.
            let behind = runState(record.slug)?.shared ?? []
            for prefix in settings.webListenPrefixes where prefix.isShared(among: all) || behind.contains(prefix.url) {
                let route = FrontDoorPlan.Route(
                    name: record.name,
                    slug: record.slug,
                    prefix: prefix,
                    socket: paths.doorSocket(kind, record.slug)
                )
                routes.append(route)
                if prefix.isTLS, let files = settings.tls {
                    certificates[route] = .init(host: prefix.host, files: files, edition: Self.edition(of: files))
                }
            }
        }
        routes.sort { ("\($0.prefix)", $0.slug) < ("\($1.prefix)", $1.slug) }
        return FrontDoorPlan(routes: routes, listeners: Self.listeners(routes, certificates))
    }

    private static func edition(of files: InstanceConfiguration.TLS) -> String {
        [files.certificateFile, files.privateKeyFile].map { path in
            var status = stat()
            guard stat(path, &status) == 0 else { return "-" }
            let time = status.st_mtim
            return "\(status.st_ino):\(status.st_size):\(time.tv_sec).\(time.tv_nsec)"
        }.joined(separator: " ")
    }

    /// The addresses of an instance that the front door serves for it; it listens on the others itself.
    public func sharedPrefixes(of record: InstanceRecord) throws(InstanceError) -> [ListenPrefix] {
        var all: [ListenPrefix] = []
        for other in try records() { all += (try? configuration(of: other))?.webListenPrefixes ?? [] }
        return try configuration(of: record).webListenPrefixes.filter { $0.isShared(among: all) }
    }

    /// Whether a front door of this machine runs now.
    public var hasFrontDoor: Bool { Companion.frontDoor.isRunning(paths) }

    /// One listener for each port; on all addresses as soon as one route is not for a single one.
    private static func listeners(
        _ routes: [FrontDoorPlan.Route],
        _ certificates: [FrontDoorPlan.Route: FrontDoorPlan.Certificate]
    ) -> [FrontDoorPlan.Listener] {
        Dictionary(grouping: routes) { $0.prefix.port }.flatMap { port, routes -> [FrontDoorPlan.Listener] in
            let hosts = Set(routes.map(\.prefix.bindHost))
            // One program cannot have all addresses of a port and a single one too.
            return (hosts.contains("*") ? ["*"] : hosts.sorted()).map { host in
                let served = host == "*" ? routes : routes.filter { $0.prefix.bindHost == host }
                return FrontDoorPlan.Listener(
                    isTLS: served.contains(where: \.prefix.isTLS),
                    host: host,
                    port: port,
                    certificates: served.compactMap { certificates[$0] }
                )
            }
        }.sorted { ($0.port, $0.host) < ($1.port, $1.host) }
    }
}

extension ListenPrefix {
    /// Whether the front door has to serve it, given all addresses of the machine, its own included.
    func isShared(among all: [ListenPrefix]) -> Bool {
        !path.isEmpty || all.contains { $0 != self && $0.needsSameSocket(as: self) }
    }

    /// The address of this machine that requests for it come in at; names are told apart by what clients send.
    var bindHost: String { isEveryInterface || isHostName ? "*" : host == "localhost" ? "127.0.0.1" : host }
}
