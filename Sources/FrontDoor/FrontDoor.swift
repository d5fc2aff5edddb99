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
    private let opened = Mutex<[FrontDoorPlan.Listener: Opening]>([:])

    private enum Opening: Sendable {
        case open(any Channel)
        case failed(String)
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

    /// Addresses that it listens on now, and why it does not on others.
    public var state: (open: [FrontDoorPlan.Listener], failed: [FrontDoorPlan.Listener: String]) {
        opened.withLock { opened in
            var failed: [FrontDoorPlan.Listener: String] = [:]
            var open: [FrontDoorPlan.Listener] = []
            for (listener, opening) in opened {
                switch opening {
                case .open: open.append(listener)
                case .failed(let reason): failed[listener] = reason
                }
            }
            return (open, failed)
        }
    }

    private var hasFailures: Bool { !state.failed.isEmpty }

    /// Closes what is no longer wanted and opens what is new. Closing a listening socket leaves its connections.
    private func open(_ wanted: [FrontDoorPlan.Listener]) async {
        let before = opened.withLock { $0 }
        for (listener, opening) in before where !wanted.contains(listener) {
            if case .open(let channel) = opening {
                try? await channel.close()
                logger.info("No longer listening", metadata: ["address": "\(listener.url)"])
            }
            opened.withLock { $0[listener] = nil }
        }
        for listener in wanted {
            if case .open? = before[listener] { continue }
            do {
                let channel = try await FrontListener(listener: listener, traffic: traffic).open()
                opened.withLock { $0[listener] = .open(channel) }
                logger.info("Listening", metadata: ["address": "\(listener.url)"])
            } catch {
                let reason = "\(error)"
                if case .failed(reason)? = before[listener] { continue }
                opened.withLock { $0[listener] = .failed(reason) }
                logger.warning(
                    "Cannot listen; trying again until it works",
                    metadata: ["address": "\(listener.url)", "reason": "\(reason)"]
                )
            }
        }
    }
}

/// What all connections share.
final class Traffic: Sendable {
    let routes = CurrentRoutes()
    private let count = Atomic<Int>(0)
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
}
