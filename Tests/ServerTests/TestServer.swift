import AsyncHTTPClient
import Catalog
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Store
import Synchronization
import Testing

@testable import Server

/// A real server on a port of its own, with a database of its own, and a client that is an administrator.
struct TestServer: Sendable {
    static let key = "API-ADMINADMINADMINADMIN"
    static let password = "correct horse battery"

    var url: String
    var store: DocumentStore
    var home: URL
    var log: LogRecord

    /// Runs `test` against a fresh server, which is stopped afterwards.
    static func run(
        limits: ServerConfiguration.Limits = .init(),
        allowsLocalGit: Bool = false,
        _ test: @Sendable (TestServer) async throws -> Void
    ) async throws {
        let home = FileManager.default.temporaryDirectory.appending(path: "skerry-server-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: home) }
        let store = try await open(home)
        _ = try await Administrators.createOrReset(
            store: store,
            username: "admin",
            password: password,
            email: nil,
            apiKey: key
        )
        var configuration = ServerConfiguration(addresses: [.init(host: "127.0.0.1", port: 0)])
        configuration.limits = limits
        configuration.packagesPath = home.appending(path: "packages").path
        configuration.gitPath = home.appending(path: "git").path
        configuration.allowsLocalGit = allowsLocalGit
        let log = LogRecord()
        try await serving(configuration, store, log) { endpoints in
            let url = try #require(endpoints.first?.url)
            try await test(TestServer(url: url, store: store, home: home, log: log))
        }
        try await store.close()
    }

    static func open(_ home: URL) async throws -> DocumentStore {
        let driver = try SQLiteDriver.open(path: home.appending(path: "skerry.db").path)
        return try await DocumentStore.open(driver, sealer: MasterKeySealer(masterKey: Array(repeating: 7, count: 32)))
    }

    static func serving(
        _ configuration: ServerConfiguration,
        _ store: DocumentStore,
        _ log: LogRecord = LogRecord(),
        _ body: ([SkerryServer.Endpoint]) async throws -> Void
    ) async throws {
        let server = SkerryServer(configuration: configuration, store: store, logger: log.logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                try await body(try await server.endpoints())
            } catch {
                await group.triggerGracefulShutdown()
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    // MARK: Requests

    func send(
        _ method: HTTPMethod,
        _ path: String,
        _ body: JSON? = nil,
        bytes: [UInt8]? = nil,
        key: String? = TestServer.key,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        if let key { request.headers.add(name: "X-Octopus-ApiKey", value: key) }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let content = bytes ?? body?.bytes {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: content))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let collected = try await response.body.collect(upTo: 256 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            bytes: Array(collected.readableBytesView)
        )
    }

    func get(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
        try await send(.GET, path, headers: headers)
    }

    func post(_ path: String, _ body: JSON) async throws -> Answer { try await send(.POST, path, body) }
    func put(_ path: String, _ body: JSON) async throws -> Answer { try await send(.PUT, path, body) }
    func delete(_ path: String) async throws -> Answer { try await send(.DELETE, path) }

    /// Creates a document that has to be accepted.
    func create(_ collection: String, _ body: JSON) async throws -> JSON {
        let answer = try await post("/api/Spaces-1/\(collection)", body)
        try #require(answer.status == 201, "\(answer.text)")
        return answer.json
    }
}

struct Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }
    /// Null when the body is no JSON.
    var json: JSON { (try? JSON.parse(bytes)) ?? .null }
    var errors: String { json["Errors"]?.stringsValue.joined(separator: "\n") ?? "" }
}

/// Everything that the server logged.
final class LogRecord: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        var logger = Logger(label: "server") { _ in Handler(record: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let record: LogRecord
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            record.lines.withLock { $0.append("\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:])") }
        }
    }
}
