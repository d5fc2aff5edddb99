public import Instances
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// One process that owns the ports which several server instances share, and hands each request to the instance whose
/// host name and path it has.
///
/// It follows the registry: what is created, changed or deleted is served, or no longer served, within a second, and
/// requests that have begun are finished. It has no database and no secrets but the TLS keys.
public final class FrontDoor: Service {
    /// How often the registry is looked at.
    static let interval = Duration.milliseconds(500)

    private let source: @Sendable () throws -> FrontDoorPlan
    private let logger: Logger
    private let traffic = Traffic()
    private let opened = Mutex<[Place: Opening]>([:])

    /// Where it listens.
    private struct Place: Sendable, Hashable {
        var host: String
        var port: Int

        init(_ listener: FrontDoorPlan.Listener) {
            host = listener.host
            port = listener.port
        }
    }

    private enum Opening: Sendable {
        /// With what keeps it from serving what it should.
        case open(any Channel, ServedAddress, problem: String?)
        case failed(FrontDoorPlan.Listener, String)

        var problem: String? {
            switch self {
            case .open(_, _, let problem): problem
            case .failed(_, let reason): reason
            }
        }
    }

    /// - Parameter source: what is to be served now; asked again and again.
    public init(logger: Logger, source: @escaping @Sendable () throws -> FrontDoorPlan) {
        self.logger = logger
        self.source = source
    }

    /// Serves until shutdown; then ends the requests that it has, for ten seconds at most.
    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            var known: FrontDoorPlan?
            while !Task.isCancelled {
                do {
                    let plan = try source()
                    if plan != known || hasFailures {
                        traffic.routes.replace(plan.routes)
                        await open(plan.listeners)
                        known = plan
                    }
                } catch {
                    logger.warning("The registry cannot be read", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
        await open([])
        let begin = ContinuousClock.now
        while traffic.active > 0, ContinuousClock.now - begin < .seconds(10) {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private var hasFailures: Bool { opened.withLock { $0.values.contains { $0.problem != nil } } }

    /// Opens what is new, lets what is open serve what it should, and closes what is no longer wanted. Sockets that are
    /// still needed stay as they are, so that no connection is refused in between; closing one leaves its connections.
    private func open(_ wanted: [FrontDoorPlan.Listener]) async {
        let before = opened.withLock { $0 }
        for listener in wanted {
            let opening = await open(listener, before)
            report(opening, before[Place(listener)], listener)
            opened.withLock { $0[Place(listener)] = opening }
        }
        let places = Set(wanted.map(Place.init))
        for (place, opening) in before where !places.contains(place) {
            guard case .open(let channel, let served, _) = opening else {
                opened.withLock { $0[place] = nil }
                continue
            }
            if let wide = wanted.first(where: { $0.host == "*" && $0.port == place.port }) {
                // Connections for this address come in here as long as it is open: it serves what all addresses do.
                try? served.serve(wide)
                continue
            }
            // What has taken over accepts new connections by now; those that wait here are accepted before the end.
            if wanted.contains(where: { $0.port == place.port }) { try? await Task.sleep(for: .seconds(1)) }
            try? await channel.close()
            logger.info("No longer listening", metadata: ["address": "\(served.listener.url)"])
            opened.withLock { $0[place] = nil }
        }
    }

    private func open(_ listener: FrontDoorPlan.Listener, _ before: [Place: Opening]) async -> Opening {
        do {
            if case .open(let channel, let served, _)? = before[Place(listener)] {
                do {
                    try served.serve(listener)
                    return .open(channel, served, problem: nil)
                } catch {
                    return .open(channel, served, problem: "\(error)")
                }
            }
            let isOurs = before.contains { place, opening in
                if case .open = opening { place.port == listener.port } else { false }
            }
            let address = ListenPrefix(isTLS: listener.isTLS, host: listener.host, port: listener.port)
            guard isOurs || !LivePorts.isTaken(address) else { throw FrontDoorError.taken }
            let served = try ServedAddress(listener)
            return .open(try await FrontListener(served: served, traffic: traffic).open(), served, problem: nil)
        } catch {
            return .failed(listener, "\(error)")
        }
    }

    private func report(_ opening: Opening, _ before: Opening?, _ listener: FrontDoorPlan.Listener) {
        if let problem = opening.problem {
            guard before?.problem != problem else { return }
            logger.warning(
                "Cannot serve an address as configured; trying again until it works",
                metadata: ["address": "\(listener.url)", "reason": "\(problem)"]
            )
        } else if case .open? = before {
            return
        } else {
            logger.info("Listening", metadata: ["address": "\(listener.url)"])
        }
    }
}

/// What all connections share.
final class Traffic: Sendable {
    let routes = CurrentRoutes()
    /// How many WebSockets may be open at a time: each holds two connections for as long as its peers like.
    static let mostTunnels = 4_096

    private let count = Atomic<Int>(0)
    private let tunnels = Atomic<Int>(0)
    private let pools: [ObjectIdentifier: NIOLoopBound<BackendPool>]

    init() {
        var pools: [ObjectIdentifier: NIOLoopBound<BackendPool>] = [:]
        for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
            let bound = loop.submit { NIOLoopBound(BackendPool(), eventLoop: loop) }
            pools[ObjectIdentifier(loop)] = try? bound.wait()
        }
        self.pools = pools
    }

    /// The connections to instances of the loop that this is called on.
    func pool(of loop: any EventLoop) -> BackendPool? { pools[ObjectIdentifier(loop)]?.value }

    /// Requests at hand.
    var active: Int { count.load(ordering: .relaxed) }

    func begin() { count.add(1, ordering: .relaxed) }

    func end() { count.subtract(1, ordering: .relaxed) }

    /// Takes a place among the tunnels; the end of the front door does not wait for them.
    ///
    /// - Returns: false when there is none.
    func beginTunnel() -> Bool {
        if tunnels.add(1, ordering: .relaxed).newValue <= Self.mostTunnels { return true }
        endTunnel()
        return false
    }

    func endTunnel() { tunnels.subtract(1, ordering: .relaxed) }
}
