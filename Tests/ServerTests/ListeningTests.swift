import AsyncHTTPClient
import Catalog
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Store
import Testing

@testable import Server

@Suite("Listening")
struct ListeningTests {
    @Test("HTTPS with a certificate of its own, beside plain HTTP on loopback; cookies are Secure there")
    func tls() async throws {
        try await Self.withHome { home, store in
            let (certificate, key) = try Self.certificate(in: home)
            var configuration = ServerConfiguration(addresses: [
                .init(host: "127.0.0.1", port: 0, usesTLS: true), .init(host: "127.0.0.1", port: 0),
            ])
            configuration.tls = .init(certificatePath: certificate, keyPath: key)
            _ = try await Administrators.createOrReset(
                store: store,
                username: "admin",
                password: TestServer.password,
                email: nil,
                apiKey: TestServer.key
            )
            try await TestServer.serving(configuration, store) { endpoints in
                #expect(endpoints.count == 2)
                let secure = try #require(endpoints.first { $0.usesTLS })
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .file(certificate)
                tls.certificateVerification = .noHostnameVerification
                let client = HTTPClient(configuration: .init(tlsConfiguration: tls))
                var request = HTTPClientRequest(url: secure.url + "/api/users/login")
                request.method = .POST
                let body: JSON = ["Username": "admin", "Password": .string(TestServer.password)]
                request.body = .bytes(ByteBuffer(bytes: body.bytes))
                let response = try await client.execute(request, timeout: .seconds(20))
                #expect(response.status == .ok)
                #expect(response.headers["Set-Cookie"].allSatisfy { $0.contains("Secure") })
                try await client.shutdown()
                let plain = try #require(endpoints.first { !$0.usesTLS })
                let root = try await HTTPClient.shared.execute(
                    HTTPClientRequest(url: plain.url + "/api"),
                    timeout: .seconds(20)
                )
                #expect(root.status == .ok)
            }
        }
    }

    @Test(
        "Plain HTTP where others can reach it is refused, unless it is allowed",
        arguments: ["0.0.0.0", "::", "192.0.2.1"]
    )
    func plainHTTP(host: String) async throws {
        try await Self.withHome { _, store in
            let configuration = ServerConfiguration(addresses: [.init(host: host, port: 0)])
            await #expect(throws: ServerError.plainHTTPRefused(host: host)) {
                try await TestServer.serving(configuration, store) { _ in }
            }
        }
        try await Self.withHome { _, store in
            let configuration = ServerConfiguration(
                addresses: [.init(host: "0.0.0.0", port: 0)],
                allowPlainHTTP: true
            )
            try await TestServer.serving(configuration, store) { #expect($0.count == 1) }
        }
    }

    @Test("An address that is taken is named, also when it is not the first")
    func taken() async throws {
        try await TestServer.run { other in
            let port = try #require(URL(string: other.url)?.port)
            try await Self.withHome { _, store in
                let configuration = ServerConfiguration(addresses: [
                    .init(host: "127.0.0.1", port: 0), .init(host: "127.0.0.1", port: port),
                ])
                let error = await #expect(throws: ServerError.self) {
                    try await TestServer.serving(configuration, store) { _ in }
                }
                #expect(error?.description.contains("127.0.0.1:\(port)") == true)
            }
        }
    }

    @Test("Only loopback addresses count as such")
    func loopback() {
        for host in ["127.0.0.1", "127.1.2.3", "localhost", "::1"] { #expect(SkerryServer.isLoopback(host)) }
        for host in ["0.0.0.0", "::", "127.0.0.1.example.com", "10.0.0.1", ""] {
            #expect(!SkerryServer.isLoopback(host))
        }
    }

    @Test("The installation keeps its id, and a restarted server its documents")
    func restart() async throws {
        try await Self.withHome { _, store in
            let configuration = ServerConfiguration(addresses: [.init(host: "127.0.0.1", port: 0)])
            var ids: [String] = []
            for _ in 0..<2 {
                try await TestServer.serving(configuration, store) { endpoints in
                    let url = try #require(endpoints.first?.url)
                    let answer = try await HTTPClient.shared.execute(
                        HTTPClientRequest(url: url + "/api"),
                        timeout: .seconds(20)
                    )
                    let body = try JSON.parse(Array(try await answer.body.collect(upTo: 1 << 20).readableBytesView))
                    ids.append(body["InstallationId"]?.stringValue ?? "")
                }
            }
            #expect(ids[0] == ids[1])
            #expect(UUID(uuidString: ids[0]) != nil)
            #expect(try await store.read { try $0.count(.spaces, in: nil) } == 1)
        }
    }

    @Test("What another process writes is seen soon")
    func otherProcess() async throws {
        try await TestServer.run { server in
            let key = "API-OTHEROTHEROTHEROTHER"
            #expect(try await server.send(.GET, "/api/users/me", key: key).status == 401)
            let other = try await TestServer.open(server.home)
            _ = try await Administrators.createOrReset(
                store: other,
                username: "second",
                password: "long enough",
                email: nil,
                apiKey: key
            )
            try await other.close()
            #expect(try await server.send(.GET, "/api/users/me", key: key).status == 200)
        }
    }

    private static func withHome(_ body: (URL, DocumentStore) async throws -> Void) async throws {
        let home = FileManager.default.temporaryDirectory.appending(path: "skerry-listening-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: home) }
        let store = try await TestServer.open(home)
        try await body(home, store)
        try await store.close()
    }

    private static func certificate(in home: URL) throws -> (certificate: String, key: String) {
        let (certificate, key) = (home.appending(path: "cert.pem").path, home.appending(path: "key.pem").path)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out",
            certificate,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return (certificate, key)
    }
}
