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
        let server = SkerryServer(configuration: serverConfiguration, store: store, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                tasks.addTask {
                    let endpoints = try await server.endpoints()
                    try announce(endpoints, as: running)
                    await keepWatchdogQuiet(store)
                }
                try await tasks.waitForAll()
            }
        } catch {
            try await store.close()
            throw error
        }
        try await store.close()
    }

    private func announce(_ endpoints: [SkerryServer.Endpoint], as running: RunningInstance) throws {
        let addresses = endpoints.map(\.url)
        try running.publish(
            RunState(
                processID: ProcessInfo.processInfo.processIdentifier,
                isReady: true,
                addresses: addresses,
                version: SkerryVersion.current
            )
        )
        for address in addresses { Console.result("listening on \(address)") }
        SystemdNotification.send("READY=1")
    }

    /// Says again and again that the server is well, as long as its database answers: a process that merely exists
    /// is restarted by systemd. Ends with the server.
    private func keepWatchdogQuiet(_ store: DocumentStore) async {
        guard let period = SystemdNotification.watchdogPeriod else { return }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let newest = try? await store.read { try $0.latestEventSequence() }
                if newest != nil {
                    SystemdNotification.send("WATCHDOG=1")
                }
                try? await Task.sleep(for: period)
            }
        }
    }

    private var serverConfiguration: ServerConfiguration {
        var limits = ServerConfiguration.Limits()
        limits.bodyBytes = settings.limits.bodyBytes ?? limits.bodyBytes
        limits.jsonDepth = settings.limits.jsonDepth ?? limits.jsonDepth
        limits.connections = settings.limits.connections ?? limits.connections
        var configuration = ServerConfiguration(
            addresses: settings.webListenPrefixes.map {
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
        configuration.packagesPath = "\(settings.home)/packages"
        return configuration
    }
}
