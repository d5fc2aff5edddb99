import Foundation
import Instances
import Logging
import Server
import ServiceLifecycle
import Store
import UnixSignals

extension PreparedInstance {
    /// Serves until SIGTERM or SIGINT, and tells others where as soon as it answers.
    func serve(as running: RunningInstance) async throws {
        let store = try await openStore()
        let shared = try registry.sharedPrefixes(of: record)
        let door =
            shared.isEmpty ? nil : try SocketPlace(registry.paths.doorSocket(registry.kind, record.slug))
        defer { withExtendedLifetime(door) {} }
        let server = SkerryServer(configuration: serverConfiguration(shared, door), store: store, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        do {
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                tasks.addTask {
                    try await group.run()
                    return true
                }
                tasks.addTask {
                    let endpoints = try await server.endpoints()
                    try announce(endpoints.filter { !$0.isDoor }.map(\.url), shared.map(\.url), as: running)
                    await keepWatchdogQuiet(store)
                    return false
                }
                while let isServerOver = try await tasks.next(), !isServerOver {}
                tasks.cancelAll()
            }
        } catch {
            try await store.close()
            throw error
        }
        try await store.close()
    }

    private func announce(_ direct: [String], _ shared: [String], as running: RunningInstance) throws {
        try running.publish(
            RunState(
                processID: ProcessInfo.processInfo.processIdentifier,
                isReady: true,
                addresses: direct + shared,
                shared: shared,
                version: SkerryVersion.current
            )
        )
        for address in direct { Console.result("listening on \(address)") }
        for address in shared { Console.result("ready for the front door at \(address)") }
        if !shared.isEmpty, !registry.hasFrontDoor {
            Console.note("No front door runs yet. Start it with: skerry front-door, or let nginx do it.")
        }
        SystemdNotification.send("READY=1")
        StartingCode.letGo()
    }

    /// Says again and again that the server is well, as long as its database answers: a process that merely exists
    /// is restarted by systemd. Until the task is cancelled.
    private func keepWatchdogQuiet(_ store: DocumentStore) async {
        guard let period = SystemdNotification.watchdogPeriod else { return }
        while !Task.isCancelled {
            let newest = try? await store.read { try $0.latestEventSequence() }
            if newest != nil {
                SystemdNotification.send("WATCHDOG=1")
            }
            try? await Task.sleep(for: period)
        }
    }

    private func serverConfiguration(_ shared: [ListenPrefix], _ door: SocketPlace?) -> ServerConfiguration {
        var limits = ServerConfiguration.Limits()
        limits.bodyBytes = settings.limits.bodyBytes ?? limits.bodyBytes
        limits.jsonDepth = settings.limits.jsonDepth ?? limits.jsonDepth
        limits.connections = settings.limits.connections ?? limits.connections
        var configuration = ServerConfiguration(
            addresses: settings.webListenPrefixes.filter { !shared.contains($0) }.map {
                ServerConfiguration.Address(
                    host: $0.host == "*" ? "0.0.0.0" : $0.host,
                    port: $0.port,
                    usesTLS: $0.isTLS
                )
            },
            tls: settings.tls.map {
                ServerConfiguration.TLS(certificatePath: $0.certificateFile, keyPath: $0.privateKeyFile)
            },
            allowPlainHTTP: settings.allowPlainHTTP,
            limits: limits
        )
        configuration.doorPath = door?.path
        configuration.packagesPath = "\(settings.home)/packages"
        // A copy of what is elsewhere: no backup has it.
        configuration.gitPath = "\(settings.home)/.skerry-git"
        configuration.allowsLocalGit = settings.allowLocalGit
        return configuration
    }
}
