import AsyncHTTPClient
import Catalog
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// Who owns the shared port.
enum DoorKind: String, CaseIterable, Sendable {
    case own, nginx
}

/// Three servers that share one port: by path, by path, by host name.
struct SharedPort: Sendable {
    static let password = "correct horse battery"

    var root: String
    var port: Int
    var skerry: SkerryProgram
    var door: RunningProcess

    var url: String { "http://127.0.0.1:\(port)" }

    static func key(_ name: String) -> String {
        "API-\(name.uppercased().replacing("-", with: ""))00000000000000000000"
    }

    static func withServers(
        _ kind: DoorKind = .own,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SharedPort) async throws -> Void
    ) async throws {
        try await withRoot(kind) { skerry in
            let port = try freePort()
            try await create("group1", "http://127.0.0.1:\(port)/group1", skerry)
            try await create("group2", "http://127.0.0.1:\(port)/group2/", skerry)
            try await create("test-octopus", "http://test-octopus:\(port)", skerry)
            try await run("group1", skerry) { _ in
                try await run("group2", skerry) { _ in
                    try await run("test-octopus", skerry) { _ in
                        try await open(kind, skerry.root, port, skerry) { door in
                            try await body(SharedPort(root: skerry.root, port: port, skerry: skerry, door: door))
                        }
                    }
                }
            }
        }
    }

    /// A machine of its own.
    static func withRoot(
        _ kind: DoorKind,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SkerryProgram) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            // nginx reaches sockets by paths of 107 bytes at most; our own front door needs no such care.
            let short = "/tmp/skerry-\(UInt32.random(in: .min ... .max))"
            if kind == .nginx { try FileManager.default.createSymbolicLink(atPath: short, withDestinationPath: folder) }
            defer { if kind == .nginx { try? FileManager.default.removeItem(atPath: short) } }
            var skerry = SkerryProgram(root: kind == .nginx ? short : folder)
            skerry.environment["SKERRY_ADMIN_PASSWORD"] = password
            try await body(skerry)
        }
    }

    static func create(
        _ name: String,
        _ address: String,
        _ skerry: SkerryProgram,
        _ settings: [String] = [],
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        for arguments in [
            ["create-instance", "--instance", name],
            ["configure", "--instance", name, "--allowPlainHTTP", "true", "--webListenPrefixes", address] + settings,
            ["admin", "--instance", name, "--username", name, "--apiKey", key(name)],
        ] {
            let result = try await skerry.run(arguments)
            guard result.exitCode == 0 else { throw CommandFailed(arguments: arguments, result: result) }
        }
    }

    static func run(
        _ name: String,
        _ skerry: SkerryProgram,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (RunningProcess) async throws -> Void
    ) async throws {
        try await skerry.start(["run", "--instance", name]) { process in
            _ = try await process.line("readiness") { $0.hasPrefix("ready for the front door at ") }
            try await body(process)
        }
    }

    static func open(
        _ kind: DoorKind,
        _ root: String,
        _ port: Int,
        _ skerry: SkerryProgram,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (RunningProcess) async throws -> Void
    ) async throws {
        func whenOpen(_ process: RunningProcess) async throws {
            try await wait(for: "the shared port") {
                let plain = try await runProcess("/usr/bin/curl", ["-s", "http://127.0.0.1:\(port)/"]).exitCode
                if plain == 0 { return true }
                return try await runProcess("/usr/bin/curl", ["-s", "-k", "https://127.0.0.1:\(port)/"]).exitCode == 0
            }
            try await body(process)
        }
        switch kind {
        case .own:
            // Without any right that root has: it needs none.
            guard geteuid() == 0 else { return try await skerry.start(["front-door"], whenOpen) }
            let arguments = ["--bounding-set=-all", "--no-new-privs", skerry.program, "front-door"]
            try await withProcess("/usr/bin/setpriv", arguments, environment: skerry.variables, whenOpen)
        case .nginx:
            let site = try await skerry.run("front-door", "nginx")
            guard site.exitCode == 0 else { throw CommandFailed(arguments: ["front-door", "nginx"], result: site) }
            let files = "\(root)/nginx"
            try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
            let account = getuid() == 0 ? "user root;" : ""
            try """
            \(account)
            pid \(files)/pid;
            error_log \(files)/error.log;
            events {}
            http { access_log off; client_body_temp_path \(files)/body; proxy_temp_path \(files)/proxy;
            fastcgi_temp_path \(files)/f; uwsgi_temp_path \(files)/u; scgi_temp_path \(files)/s;
            \(site.standardOutput)
            }
            """.write(toFile: "\(files)/nginx.conf", atomically: true, encoding: .utf8)
            let arguments = ["-p", files, "-c", "\(files)/nginx.conf", "-g", "daemon off;", "-e", "\(files)/error.log"]
            try await withProcess("/usr/sbin/nginx", arguments, whenOpen)
        }
    }

    /// What curl printed.
    func curl(_ arguments: String..., isolation: isolated (any Actor)? = #isolation) async throws -> FinishedProcess {
        try await runProcess("/usr/bin/curl", ["-s"] + arguments)
    }
}

@Suite("Several servers on one host and port") struct FrontDoorTests {
    @Test(
        "I-25, I-26, I-28: people use three servers behind one port at once in a browser; no cookie, link or redirect strays",
        .enabled(if: Browser.exists, "needs chromium and python3"),
        arguments: DoorKind.allCases
    )
    func browser(kind: DoorKind) async throws {
        try await SharedPort.withServers(kind) { shared in
            let script = "\(BuiltProducts.packageRoot)/Tests/EndToEnd/Browser/front-door.py"
            let result = try await runPython([script, "\(shared.port)", SharedPort.password])
            #expect(result.exitCode == 0, "\(result.standardError)")
            let seen = try result.json()
            #expect(seen["redirected"] == "/group1/")
            #expect(seen["before"] == [401, 401])
            #expect(seen["signedIn1"] == 200 && seen["signedIn2"] == 200 && seen["signedIn3"] == 200)
            #expect(seen["afterFirst"] == ["group1", 401], "the session of one is none in the other")
            #expect(seen["cookies1"] == 1, "the session's own cookie is hidden from scripts")
            #expect(seen["leaked"] == "" && seen["paths2"] == ["/group2/", "/group2/api"])
            #expect(seen["both"] == ["group1", "group2"])
            let created = try #require(seen["created"])
            #expect(created["status"] == 201 && created["name"] == "From a browser")
            #expect(created["location"] == created["self"])
            #expect(created["location"]?.stringValue?.hasPrefix("/group1/api/Spaces-1/environments/") == true)
            #expect(seen["strays"]?["strays"] == [], "every link begins with the path")
            #expect(seen["strays"]?["answered"]?.intValue ?? 0 > 40, "links were followed: \(seen["strays"] ?? .null)")
            #expect(seen["signedOut"] == 200 && seen["afterSignOut"] == [401, "group2"])
            #expect(seen["otherHostBefore"] == [401, ""] && seen["otherHost"] == "test-octopus")
        }
    }

    @Test("I-25, I-28: API keys, uploads and downloads through the shared port", arguments: DoorKind.allCases)
    func keysAndFiles(kind: DoorKind) async throws {
        try await SharedPort.withServers(kind) { shared in
            let key = "X-Octopus-ApiKey: \(SharedPort.key("group1"))"
            let mine = try await shared.curl("-H", key, "\(shared.url)/group1/api/users/me")
            #expect(try mine.json()["Username"] == "group1")
            let others = try await shared.curl("-w", "%{http_code}", "-H", key, "\(shared.url)/group2/api/users/me")
            #expect(others.standardOutput.hasSuffix("401"))
            let named = try await shared.curl(
                "-H",
                "X-Octopus-ApiKey: \(SharedPort.key("test-octopus"))",
                "-H",
                "Host: test-octopus",
                "\(shared.url)/api/users/me"
            )
            #expect(try named.json()["Username"] == "test-octopus")

            let file = "\(shared.root)/Big.1.0.0.zip"
            let bytes = Data((0..<(24 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 9)) })
            try bytes.write(to: URL(filePath: file))
            let pushed = try await shared.curl(
                "-w",
                "%{http_code}",
                "-H",
                key,
                "-F",
                "file=@\(file)",
                "\(shared.url)/group1/api/packages/raw"
            )
            #expect(pushed.standardOutput.hasSuffix("201"), "\(pushed.standardOutput)")
            let back = "\(shared.root)/back.zip"
            let url = "\(shared.url)/group1/api/Spaces-1/packages/packages-Big.1.0.0/raw"
            // Slowly: who passes it on must not collect it.
            let got = try await shared.curl("-w", "%{http_code}", "--limit-rate", "12M", "-H", key, "-o", back, url)
            #expect(got.standardOutput == "200")
            #expect(FileManager.default.contents(atPath: back) == bytes)
            if kind == .own { #expect(try shared.door.residentMegabytes < 80) }

            // An id with an encoded slash is the instance's business.
            let odd = try await shared.curl("-H", key, "\(shared.url)/group1/api/Spaces-1/environments/a%2Fb")
            #expect(try odd.json()["ErrorMessage"]?.stringValue?.isEmpty == false)
            let deep = try await shared.curl("-w", "%{http_code}", "\(shared.url)/group10/api")
            #expect(deep.standardOutput.hasSuffix("404"), "/group1 is not the beginning of /group10")
        }
    }

    @Test("an instance that is down is named, and the others answer as before")
    func down() async throws {
        try await SharedPort.withServers { shared in
            let list = try await shared.skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            let process = list.first { $0["name"] == "group2" }?["pid"]?.intValue ?? 0
            #expect(try await shared.curl("\(shared.url)/group2/api").exitCode == 0)
            kill(pid_t(process), SIGKILL)
            try await wait(for: "the end of the instance") {
                let rows = try await shared.skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
                return rows.first { $0["name"] == "group2" }?["state"] == "stopped"
            }
            let answer = try await shared.curl("-w", "%{http_code}", "\(shared.url)/group2/api")
            #expect(answer.standardOutput.hasSuffix("503") && answer.standardOutput.contains("group2"))
            let page = try await shared.curl("-H", "Accept: text/html", "\(shared.url)/group2/api")
            #expect(page.standardOutput.contains("<h1>The server group2 does not run</h1>"))
            #expect(try await shared.curl("-f", "\(shared.url)/group1/api").exitCode == 0)
        }
    }

    @Test("no request is dropped while instances are added, started, stopped and deleted")
    func changes() async throws {
        try await SharedPort.withServers { shared in
            try await withThrowingTaskGroup(of: (answered: Int, failed: [String]).self) { tasks in
                let url = "\(shared.url)/group1/api"
                for _ in 0..<3 {
                    tasks.addTask {
                        var outcome = (answered: 0, failed: [String]())
                        while !Task.isCancelled {
                            do {
                                let request = HTTPClientRequest(url: url)
                                let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
                                _ = try await answer.body.collect(upTo: 1 << 20)
                                if answer.status.code == 200 {
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
                for round in 1...3 {
                    let name = "extra\(round)"
                    let extra = "\(shared.url)/\(name)"
                    try await SharedPort.create(name, extra, shared.skerry)
                    try await SharedPort.run(name, shared.skerry) { process in
                        try await wait(for: "the new instance") {
                            try await shared.curl("-f", "\(extra)/api").exitCode == 0
                        }
                        process.send(signal: SIGTERM)
                        try await process.waitForEnd()
                    }
                    let deleted = try await shared.skerry.run("delete-instance", "--instance", name, "--purge")
                    #expect(deleted.exitCode == 0, "\(deleted.standardError)")
                    try await wait(for: "the end of the route") {
                        let answer = try await shared.curl("-w", "%{http_code}", "\(extra)/api")
                        return answer.standardOutput.hasSuffix("404")
                    }
                }
                tasks.cancelAll()
                for try await outcome in tasks {
                    #expect(outcome.failed.isEmpty)
                    #expect(outcome.answered > 20)
                }
            }
        }
    }

    @Test("a request whose body is late is not lost when its instance is restarted before it comes")
    func lateBody() async throws {
        try await SharedPort.withRoot(.own) { skerry in
            let port = try freePort()
            let url = "http://127.0.0.1:\(port)/one"
            try await SharedPort.create("one", url, skerry)
            let body = ByteBuffer(string: #"{"Name": "Late"}"#)
            let (asked, ask) = AsyncStream<Void>.makeStream()
            let (started, start) = AsyncStream<Void>.makeStream()
            var request = HTTPClientRequest(url: "\(url)/api/Spaces-1/projectgroups")
            request.method = .POST
            request.headers.add(name: "X-Octopus-ApiKey", value: SharedPort.key("one"))
            let parts = AsyncStream<ByteBuffer> {
                // The head is on its way when the body is asked for.
                ask.finish()
                for await _ in started { return body }
                return nil
            }
            request.body = .stream(parts, length: .known(Int64(body.readableBytes)))
            let sent = request
            let client = HTTPClient(eventLoopGroupProvider: .singleton)
            try await SharedPort.open(.own, skerry.root, port, skerry) { _ in
                var answer: Task<HTTPResponseStatus, any Error>?
                try await SharedPort.run("one", skerry) { process in
                    answer = Task {
                        // On a connection that has served a request, as most have.
                        let first = HTTPClientRequest(url: "\(url)/api")
                        _ = try await client.execute(first, timeout: .seconds(60)).body.collect(upTo: 1 << 20)
                        return try await client.execute(sent, timeout: .seconds(120)).status
                    }
                    for await _ in asked {}
                    process.send(signal: SIGTERM)
                    try await process.waitForEnd()
                }
                try await SharedPort.run("one", skerry) { _ in
                    start.yield()
                    start.finish()
                    let status = try await answer?.value
                    #expect(status == .created)
                }
            }
            try await client.shutdown()
        }
    }

    @Test("sync works between two servers behind one port")
    func sync() async throws {
        try await SharedPort.withServers { shared in
            let policy = "\(shared.root)/policy.yaml"
            try """
            apiVersion: skerry.sync/v1
            source: {url: "\(shared.url)/group1", auth: env:SKERRY_SOURCE_KEY}
            destination: {url: "\(shared.url)/group2", auth: env:SKERRY_DESTINATION_KEY}
            """.write(toFile: policy, atomically: true, encoding: .utf8)
            let key = "X-Octopus-ApiKey: \(SharedPort.key("group1"))"
            let made = try await shared.curl(
                "-f",
                "-H",
                key,
                "-d",
                #"{"Name":"Shared"}"#,
                "\(shared.url)/group1/api/Spaces-1/tagsets"
            )
            #expect(made.exitCode == 0)
            var program = SkerryProgram(root: "\(shared.root)/runner")
            program.environment["SKERRY_SOURCE_KEY"] = SharedPort.key("group1")
            program.environment["SKERRY_DESTINATION_KEY"] = SharedPort.key("group2")
            let doctor = try await program.run("sync", "doctor", "--policy", policy)
            #expect(doctor.exitCode == 0, "\(doctor.standardOutput)\(doctor.standardError)")
        }
    }
}

extension RunningProcess {
    /// The memory that the process has really in use.
    fileprivate var residentMegabytes: Int {
        get throws {
            let text = try String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)
            let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
            return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1_024
        }
    }
}
