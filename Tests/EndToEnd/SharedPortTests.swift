import AsyncHTTPClient
import Catalog
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import TestSupport
import Testing

/// What passes through a shared port besides single requests: streams, certificates, cookies; and how it changes.
@Suite("A shared port: streams, certificates, cookies, changes")
struct SharedPortTests {
    /// Servers of one machine behind a shared port, as (name, address, more settings); not all of them run.
    private func withDoor(
        _ kind: DoorKind,
        _ servers: [(name: String, address: (Int) -> String, settings: [String])],
        running: Bool = true,
        prepare: (SkerryProgram) async throws -> Void = { _ in },
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SharedPort) async throws -> Void
    ) async throws {
        try await SharedPort.withRoot(kind) { skerry in
            let port = try freePort()
            try await prepare(skerry)
            for server in servers {
                try await SharedPort.create(server.name, server.address(port), skerry, server.settings)
            }
            let names = running ? servers.map(\.name) : []
            try await run(names[...], skerry) {
                try await SharedPort.open(kind, skerry.root, port, skerry) { door in
                    try await body(SharedPort(root: skerry.root, port: port, skerry: skerry, door: door))
                }
            }
        }
    }

    private func run(
        _ names: ArraySlice<String>,
        _ skerry: SkerryProgram,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Void
    ) async throws {
        guard let name = names.first else { return try await body() }
        try await SharedPort.run(name, skerry) { _ in try await run(names.dropFirst(), skerry, body) }
    }

    // MARK: Streams

    /// Answers on a socket `door.sock` of its directory: `…/events` sends one event, and the second when the file `go`
    /// is there; `…/upload` makes the file `got` at the first piece of a body and answers with all of it.
    private static let backend = """
        import http.server, os, socketserver, sys, time
        os.chdir(sys.argv[1])
        def wait(path):
            while not os.path.exists(path): time.sleep(0.02)
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def address_string(self): return "door"
            def chunk(self, data):
                self.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(data), data)); self.wfile.flush()
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
                self.chunk(b"data: 1\\n\\n")
                wait("go")
                self.chunk(b"data: 2\\n\\n"); self.chunk(b"")
            def do_POST(self):
                body = b""
                while True:
                    size = int(self.rfile.readline(), 16)
                    body += self.rfile.read(size); self.rfile.readline()
                    if size == 0: break
                    open("got", "w").close()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body))); self.end_headers()
                self.wfile.write(body)
        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True
        server = Server("door.sock", Handler)
        os.chmod("door.sock", 0o666)
        print("ready", flush=True)
        server.serve_forever()
        """

    @Test(
        "I-25: events and uploads pass as they come, piece by piece; nobody collects or cuts them",
        arguments: DoorKind.allCases
    )
    func streams(kind: DoorKind) async throws {
        // In the place of the instance: who sends events as slowly as we want.
        try await withDoor(kind, [("group1", { "http://127.0.0.1:\($0)/group1" }, [])], running: false) { shared in
            let place = "\(shared.root)/run/skerry/server/group1"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try await withProcess("/usr/bin/python3", ["-c", Self.backend, place]) { process in
                _ = try await process.line("readiness") { $0 == "ready" }
                let request = HTTPClientRequest(url: "\(shared.url)/group1/events")
                let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
                #expect(answer.status == .ok)
                #expect(answer.headers.first(name: "content-type") == "text/event-stream")
                var pieces = answer.body.makeAsyncIterator()
                let first = try await pieces.next().map { String(buffer: $0) }
                #expect(first == "data: 1\n\n", "before the second is there")
                #expect(FileManager.default.createFile(atPath: "\(place)/go", contents: nil))
                var rest = ""
                while let piece = try await pieces.next() { rest += String(buffer: piece) }
                #expect(rest == "data: 2\n\n")

                var upload = HTTPClientRequest(url: "\(shared.url)/group1/upload")
                upload.method = .POST
                upload.body = .stream(SlowPieces(until: "\(place)/got"), length: .unknown)
                let echo = try await HTTPClient.shared.execute(upload, timeout: .seconds(120))
                let text = String(buffer: try await echo.body.collect(upTo: 1 << 20))
                #expect(text == "first, second")
            }
        }
    }

    @Test("I-25: WebSockets pass both ways, as they come, to who agrees to them", arguments: DoorKind.allCases)
    func webSockets(kind: DoorKind) async throws {
        let peers = "\(BuiltProducts.packageRoot)/Tests/EndToEnd/Fixture/websocket-peers"
        // In the place of the instance: one that offers them.
        try await withDoor(kind, [("group1", { "http://127.0.0.1:\($0)/group1" }, [])], running: false) { shared in
            let place = "\(shared.root)/run/skerry/server/group1"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try await withProcess("/usr/bin/python3", [peers, "serve", place]) { process in
                _ = try await process.line("readiness") { $0 == "ready" }
                let result = try await runPython([peers, "ask", "127.0.0.1", "\(shared.port)", "/group1"])
                try #require(result.exitCode == 0, "\(result.standardError)")
                let seen = try JSON.parse(result.standardOutput)
                #expect(seen["agreement"] == "HTTP/1.1 101 Switching Protocols" && seen["accepted"] == true)
                #expect(seen["headers"] == "/group1 127.0.0.1", "and nothing that the client has forged")
                #expect(seen["hello"] == "hello" && seen["echo"] == "one")
                #expect(seen["big"] == 8 && seen["several"] == 20 && seen["close"] == true, "\(seen)")
                #expect(seen["end"] == ["hello", "last", true])
                let refused = seen["refused"]
                #expect(refused?[0]?.stringValue?.contains("403") == true && refused?[1] == "127.0.0.1", "\(seen)")
                guard kind == .own else { return }
                #expect(refused?[2] == true, "its connection ends with it")
                #expect(seen["body"]?.stringValue?.contains("400") == true, "\(seen)")
            }
        }
    }

    @Test("I-25: who offers another protocol to a server that has none gets its answer", arguments: DoorKind.allCases)
    func offeredProtocols(kind: DoorKind) async throws {
        try await withDoor(kind, [("group1", { "http://127.0.0.1:\($0)/group1" }, [])]) { shared in
            let offers = [
                ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AA=="],
                ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__"],
            ]
            for fields in offers {
                // Twice, one after the other: nobody reads on in a protocol that was not agreed to.
                let address = "\(shared.url)/group1/api"
                let arguments = [
                    "--http1.1", "-o", "/dev/null", "-w", "%{http_code} ", address, "-o", "/dev/null", address,
                ]
                let answer = try await runProcess("/usr/bin/curl", ["-s"] + fields.flatMap { ["-H", $0] } + arguments)
                #expect(answer.standardOutput == "200 200 ", "\(fields): \(answer)")
            }
        }
    }

    // MARK: Cookies

    @Test(
        "I-25, I-28: the session of a server at / is never sent to one at /group1; both are used at once in a browser",
        .enabled(if: Browser.exists, "needs chromium and python3"),
        arguments: DoorKind.allCases
    )
    func rootAndPath(kind: DoorKind) async throws {
        let servers: [(name: String, address: (Int) -> String, settings: [String])] = [
            ("root", { "http://127.0.0.1:\($0)/" }, []), ("group1", { "http://127.0.0.1:\($0)/group1" }, []),
        ]
        try await withDoor(kind, servers) { shared in
            let script = "\(BuiltProducts.packageRoot)/Tests/EndToEnd/Browser/root-and-path.py"
            let result = try await runPython([script, "\(shared.port)", SharedPort.password])
            #expect(result.exitCode == 0, "\(result.standardError)")
            let seen = try result.json()
            #expect(seen["signedInRoot"] == 200 && seen["signedInGroup"] == 200)
            #expect(seen["afterRoot"] == ["root", 401])
            #expect(seen["sentAfterRoot"] == [1, 0, 0], "the other server never gets it")
            #expect(seen["both"] == ["root", "group1"] && seen["sent"] == [1, 1])
            #expect(seen["changed"] == [201, 201])
            #expect(seen["signedOut"] == 200 && seen["afterSignOut"] == [401, "group1"])
        }
    }

    // MARK: Certificates

    /// An authority, and a certificate of it for each name.
    private func makeCertificates(_ names: [String], in folder: String, serial: Int = 1) async throws {
        var script = """
            set -e
            cd '\(folder)'
            [ -e ca.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
              -subj '/CN=Authority of the test' -keyout ca.key -out ca.pem

            """
        for name in names {
            script += """
                openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=\(name)' \
                  -keyout \(name).key.new -out \(name).csr
                printf 'subjectAltName=DNS:\(name)\\n' > \(name).ext
                openssl x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -set_serial \(serial) -days 20 \
                  -extfile \(name).ext -out \(name).pem.new
                mv \(name).key.new \(name).key; mv \(name).pem.new \(name).pem

                """
        }
        let made = try await runProcess("/bin/bash", ["-c", script])
        try #require(made.exitCode == 0, "\(made.standardError)")
    }

    @Test(
        "I-26: host names share a port over TLS, each with its own certificate, which browsers and clients can check",
        arguments: DoorKind.allCases
    )
    func certificates(kind: DoorKind) async throws {
        let names = ["one.example", "two.example"]
        try await withTemporaryDirectory { files in
            try await makeCertificates(names + ["three.example"], in: files)
            func settings(_ name: String) -> [String] {
                ["--tlsCertificate", "\(files)/\(name).pem", "--tlsPrivateKey", "\(files)/\(name).key"]
            }
            let servers = names.map { name in
                (
                    name: String(name.prefix(3)), address: { (port: Int) in "https://\(name):\(port)/" },
                    settings: settings(name)
                )
            }
            try await withDoor(kind, servers) { shared in
                func ask(_ name: String, isolation: isolated (any Actor)? = #isolation) async throws -> FinishedProcess
                {
                    try await runProcess(
                        "/usr/bin/curl",
                        [
                            "-s", "--cacert", "\(files)/ca.pem", "--resolve", "\(name):\(shared.port):127.0.0.1", "-H",
                            "X-Octopus-ApiKey: \(SharedPort.key(String(name.prefix(3))))",
                            "https://\(name):\(shared.port)/api/users/me",
                        ]
                    )
                }
                for name in names {
                    try await wait(for: name) { try await ask(name).exitCode == 0 }
                    let answer = try await ask(name)
                    #expect(try answer.json()["Username"]?.stringValue == String(name.prefix(3)))
                }
                #expect(try await ask("three.example").exitCode == 60, "nobody has a certificate for that name")
                guard kind == .own else { return }
                try await underLoad(shared, files) {
                    // A third name and, later, another certificate for the first, while requests go on.
                    try await SharedPort.create(
                        "thr",
                        "https://three.example:\(shared.port)/",
                        shared.skerry,
                        settings("three.example")
                    )
                    try await SharedPort.run("thr", shared.skerry) { _ in
                        try await wait(for: "the third name") { try await ask("three.example").exitCode == 0 }
                    }
                    try await makeCertificates(["one.example"], in: files, serial: 4_711)
                    try await wait(for: "the renewed certificate") {
                        let shown = try await runProcess(
                            "/bin/bash",
                            [
                                "-c",
                                "openssl s_client -connect 127.0.0.1:\(shared.port) -servername one.example </dev/null "
                                    + "2>/dev/null | openssl x509 -noout -serial",
                            ]
                        )
                        return shown.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines) == "serial=1267"
                    }
                }
            }
        }
    }

    /// Runs `body` while others ask one of the servers again and again, each time over a connection of its own.
    private func underLoad(
        _ shared: SharedPort,
        _ files: String,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Void
    ) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.dnsOverride = ["one.example": "127.0.0.1"]
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.trustRoots = .file("\(files)/ca.pem")
        try await requests(to: "https://one.example:\(shared.port)/api", configuration, body)
    }

    private func requests(
        to url: String,
        _ configuration: HTTPClient.Configuration,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Void
    ) async throws {
        let client = HTTPClient(configuration: configuration)
        do {
            try await withThrowingTaskGroup(of: (answered: Int, failed: [String]).self) { tasks in
                for _ in 0..<2 {
                    tasks.addTask {
                        var outcome = (answered: 0, failed: [String]())
                        while !Task.isCancelled {
                            do {
                                var request = HTTPClientRequest(url: url)
                                request.headers.add(name: "Connection", value: "close")
                                let answer = try await client.execute(request, timeout: .seconds(60))
                                _ = try await answer.body.collect(upTo: 1 << 20)
                                if answer.status == .ok {
                                    outcome.answered += 1
                                } else {
                                    outcome.failed.append("\(answer.status)")
                                }
                            } catch {
                                if !Task.isCancelled { outcome.failed.append("\(error)") }
                            }
                        }
                        return outcome
                    }
                }
                try await body()
                tasks.cancelAll()
                for try await outcome in tasks {
                    #expect(outcome.failed.isEmpty)
                    #expect(outcome.answered > 0)
                }
            }
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    @Test("no connection is refused while a port goes from one address to all addresses of the machine, and back")
    func wider() async throws {
        try await withDoor(.own, [("group1", { "http://127.0.0.1:\($0)/group1" }, [])]) { shared in
            try await requests(to: "\(shared.url)/group1/api", .init()) {
                for _ in 0..<2 {
                    try await SharedPort.create("named", "http://named.example:\(shared.port)/", shared.skerry, [])
                    let named = ["-s", "-f", "-H", "Host: named.example", "http://127.0.0.1:\(shared.port)/api"]
                    try await SharedPort.run("named", shared.skerry) { _ in
                        try await wait(for: "the name") { try await runProcess("/usr/bin/curl", named).exitCode == 0 }
                    }
                    let gone = try await shared.skerry.run("delete-instance", "--instance", "named", "--purge")
                    #expect(gone.exitCode == 0, "\(gone.standardError)")
                    try await wait(for: "the end of the name") {
                        try await shared.curl("-w", "%{http_code}", "-H", "Host: named.example", "\(shared.url)/api")
                            .standardOutput.hasSuffix("404")
                    }
                }
            }
        }
    }
}

/// The second piece of a body, only when the other side has got the first.
private struct SlowPieces: AsyncSequence, Sendable {
    let file: String

    init(until file: String) { self.file = file }

    struct AsyncIterator: AsyncIteratorProtocol {
        let file: String
        var sent = 0

        mutating func next() async throws -> ByteBuffer? {
            sent += 1
            switch sent {
            case 1: return ByteBuffer(string: "first, ")
            case 2:
                for _ in 0..<6_000 where !FileManager.default.fileExists(atPath: file) {
                    try await Task.sleep(for: .milliseconds(10))
                }
                return ByteBuffer(string: "second")
            default: return nil
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(file: file) }
}
