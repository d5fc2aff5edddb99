import APIClient
import AsyncHTTPClient
import Catalog
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// Projects whose repositories are behind a web server that wants a user name and a password.
@Suite("Projects in Git behind a login")
struct GitOverHTTPTests {
    /// What nobody but the Git host may ever get to see.
    private static let secretPart = "to%4ken"

    @Test("S-13: a project lives in a repository behind https and a login; the secret stands nowhere, whatever is done")
    func secure() async throws {
        try await withTemporaryDirectory { folder in
            try await GitWebServer.run(in: folder, isSecure: true) { host in
                let repository = try await host.makeRepository("web")
                let witness = try await Witness.make(in: folder)
                // Git's own name for it, where the machine has set that, would count for more.
                let environment: [String: String?] = [
                    "PATH": witness.path, "SSL_CERT_FILE": host.certificate, "GIT_SSL_CAINFO": nil,
                ]
                try await withServer("Main", environment: environment, in: "\(folder)/server") { server in
                    let web = try await Web.make(on: server)
                    let credential = try await web.credential("Deploy key", GitWebServer.writer)
                    let converted = try await web.convert(to: host.url("web"), credential)
                    try #require(converted.status == .ok, "\(converted.text)")
                    #expect(try await repository.file(".octopus/deployment_process.ocl")?.contains("hello") == true)

                    var process = try await server.client.atBranch("main", .process, project: web.id)
                    process["Steps"]?[0]?["Name"] = "Greet"
                    process["ChangeDescription"] = "Greet them"
                    _ = try await server.client.writeToBranch("main", .process, project: web.id, process)
                    #expect(try await repository.messages(of: "main").first == "Greet them")
                    try await server.client.makeBranch("feature/x", from: "main", project: web.id)
                    #expect(try await repository.branches() == ["feature/x", "main"])
                    #expect(try await server.client.connection(of: web.document()) == .well)
                    #expect(try await repository.branches() == ["feature/x", "main"], "a test pushes nothing")

                    // And when it fails: git's words and the log may not hold it either.
                    try await web.setURL(host.url("nothing"))
                    let failed = try await web.failure { try await $0.atBranch("main", .process, project: web.id) }
                    #expect(failed.contains("no repository at \(host.url("nothing"))"), "\(failed)")
                    let events = try await server.get("/api/Spaces-1/events?take=100")
                    let kept = try await server.get("/api/Spaces-1/git-credentials/\(credential)")
                    for text in [failed, events.text, kept.text] { #expect(!text.contains(Self.secretPart)) }
                }
                #expect(try witness.argv().contains("push"))
                for text in [try witness.argv(), try witness.subprocesses()] {
                    #expect(!text.contains(Self.secretPart))
                }
                let config = try #require(Self.files(in: "\(folder)/server").first { $0.hasSuffix(".git/config") })
                #expect(try !String(contentsOfFile: config, encoding: .utf8).contains("url"))
                #expect(try Self.filesHolding(Self.secretPart, in: "\(folder)/server").isEmpty)
            }
        }
    }

    @Test("S-13: each way in which a Git host says no is told in words: which project, which repository, what to do")
    func refusals() async throws {
        try await withTemporaryDirectory { folder in
            try await GitWebServer.run(in: folder) { host in
                let repository = try await host.makeRepository("web")
                let url = host.url("web")
                let local = ["--allowLocalGit", "true"]
                try await withServer("Main", local, in: "\(folder)/server") { server in
                    let web = try await Web.make(on: server)
                    let reader = try await web.credential("Reader", GitWebServer.reader)
                    let mistyped = try await web.credential(
                        "Mistyped",
                        .init(name: GitWebServer.writer.name, password: Self.secretPart)
                    )
                    for (credential, expected) in [
                        (
                            reader,
                            ["Git credential 'Reader' may not push to the repository \(url)", "nothing was written"]
                        ),
                        (
                            mistyped,
                            ["\(url) of the project 'Web' does not accept the Git credential 'Mistyped'", "Enter a"]
                        ),
                        (
                            nil,
                            ["\(url) of the project 'Web' wants a user name and a password", "Make a Git credential"]
                        ),
                    ] {
                        let refused = try await web.convert(to: url, credential)
                        #expect(refused.status == .badRequest)
                        for text in expected { #expect(refused.text.contains(text), "\(refused.text)") }
                        #expect(!refused.text.contains(Self.secretPart))
                        #expect(try await repository.branches() == ["main"])
                        #expect(try await web.document()["IsVersionControlled"] == false)
                    }

                    let writer = try await web.credential("Writer", GitWebServer.writer)
                    try #require(try await web.convert(to: url, writer).status == .ok)
                    let process = try await server.client.atBranch("main", .process, project: web.id)

                    // Reading goes on with a credential that may only read.
                    try await web.setCredential(reader)
                    #expect(try await server.client.atBranch("main", .process, project: web.id) == process)
                    let tip = try await repository.git(["rev-parse", "main"])
                    let write = try await web.failure { client in
                        var changed = process
                        changed["Steps"]?[0]?["Name"] = "Other"
                        _ = try await client.writeToBranch("main", .process, project: web.id, changed)
                    }
                    #expect(write.contains("'Reader' may not push to the repository \(url) of the project 'Web'"))
                    let branch = try await web.failure { try await $0.makeBranch("x", from: "main", project: web.id) }
                    #expect(branch.contains("may not push"))
                    #expect(try await repository.git(["rev-parse", "main"]) == tip)
                    guard case .problems(let found) = try await server.client.connection(of: web.document()) else {
                        Issue.record("the test of the connection finds nothing")
                        return
                    }
                    #expect(found.first?.contains("may not push") == true)

                    // What was not pushed is not there in the server's copy either.
                    #expect(try await server.client.atBranch("main", .process, project: web.id) == process)

                    try await web.setCredential(mistyped)
                    let read = try await web.failure { try await $0.atBranch("main", .process, project: web.id) }
                    #expect(read.contains("does not accept the Git credential 'Mistyped'"), "\(read)")

                    // A rule of the host.
                    try await web.setCredential(writer)
                    let hook = "#!/bin/sh\necho 'only on Tuesdays' >&2\nexit 1\n"
                    try await writeProgram(hook, to: "\(repository.path)/hooks/pre-receive")
                    let declined = try await web.failure { try await $0.makeBranch("x", from: "main", project: web.id) }
                    #expect(declined.contains("declines the change") && declined.contains("only on Tuesdays"))
                    #expect(try Self.filesHolding(Self.secretPart, in: "\(folder)/server").isEmpty)
                }
            }
        }
    }

    @Test(
        "E-84: doctor finds a credential that may not push, so does apply, and with a better one the same plan goes on"
    )
    func sync() async throws {
        try await GitPair.withPair(policy: GitPair.policy + "\ncac: branch") { git in
            try await git.pair.syncNow()
            try await GitWebServer.run(in: git.pair.folder) { host in
                let there = "\(host.folder)/web.git"
                try FileManager.default.moveItem(atPath: git.destination.path, toPath: there)
                let repository = BareRepository(path: there)
                let web = Web(id: git.destinationProject, server: git.pair.destination)
                try await web.setURL(host.url("web"))
                try await web.setCredential(try await web.credential("Reader", GitWebServer.reader))
                try await git.changeScript("Write-Host \"changed\"")

                let ill = try await git.pair.sync("doctor", "--policy", git.pair.policyPath)
                #expect(ill.exitCode == 8, "\(ill.standardOutput)")
                #expect(ill.standardOutput.contains("'Web': its server tried the connection"), "\(ill.standardOutput)")
                #expect(ill.standardOutput.contains("'Reader' may not push to the repository \(host.url("web"))"))
                #expect(try await git.pair.plan().exitCode == 2)
                let refused = try await git.pair.apply()
                #expect(refused.exitCode == 5, "\(refused.exitCode) \(refused.standardOutput)")
                #expect(refused.standardOutput.contains("'Reader' may not push to the repository"), "\(refused)")
                #expect(try await repository.branches() == ["main"])

                try await web.setCredential(try await web.credential("Writer", GitWebServer.writer))
                let well = try await git.pair.sync("doctor", "--policy", git.pair.policyPath)
                #expect(well.exitCode == 0 && well.standardOutput.contains("test of their repositories finds nothing"))
                let applied = try await git.pair.apply()
                #expect(applied.exitCode == 0, "\(applied.standardOutput)")
                let branch = try #require(try await repository.branches().first { $0.hasPrefix("skerry-sync/") })
                let text = try await repository.file(".octopus/deployment_process.ocl", at: branch)
                #expect(text?.contains("changed") == true)
                for result in [ill, refused, well, applied] {
                    #expect(!"\(result.standardOutput)\(result.standardError)".contains(Self.secretPart))
                }
            }
        }
    }

    // MARK: - Parts

    private static func files(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
    }

    private static func filesHolding(_ text: String, in folder: String) throws -> [String] {
        try files(in: folder).filter { path in
            FileManager.default.contents(atPath: path)?.range(of: Data(text.utf8)) != nil
        }
    }
}

/// Stands in front of git, and notes with which arguments it and the programs that it starts are called.
private struct Witness {
    var folder: String

    var path: String { "\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")" }

    static func make(in folder: String, isolation: isolated (any Actor)? = #isolation) async throws -> Witness {
        let witness = Witness(folder: "\(folder)/witness")
        try FileManager.default.createDirectory(atPath: witness.folder, withIntermediateDirectories: true)
        let git = try await runProcess("/bin/sh", ["-c", "command -v git"]).standardOutput
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let script = """
            #!/bin/sh
            printf '%s\\n' "$*" >> '\(witness.folder)/argv'
            GIT_TRACE='\(witness.folder)/trace' exec \(git) "$@"

            """
        try await writeProgram(script, to: "\(witness.folder)/git")
        return witness
    }

    func argv() throws -> String { try String(contentsOfFile: "\(folder)/argv", encoding: .utf8) }

    /// With the programs that send and that ask for the login.
    func subprocesses() throws -> String {
        let trace = try String(contentsOfFile: "\(folder)/trace", encoding: .utf8)
        #expect(trace.contains("remote-https") && trace.contains("SKERRY_GIT_PASSWORD"))
        return trace
    }
}

/// The project 'Web' of one server.
private struct Web {
    var id: String
    var server: TestServer

    struct Answer {
        var status: HTTPResponseStatus
        var text: String
    }

    /// One with a step, in the database.
    static func make(on server: TestServer, isolation: isolated (any Actor)? = #isolation) async throws -> Web {
        let id = try await RollbackTests.project("Web", on: server)
        try await server.edit(.deploymentProcesses, "deploymentprocess-\(id)") { process in
            let properties: JSON = ["Octopus.Action.Script.ScriptBody": "echo hello"]
            process["Steps"] = [
                [
                    "Name": "Deploy",
                    "Actions": [["Name": "Deploy", "ActionType": "Octopus.Script", "Properties": properties]],
                ]
            ]
        }
        return Web(id: id, server: server)
    }

    func document(isolation: isolated (any Actor)? = #isolation) async throws -> JSON {
        try await server.client.get(.projects, id: id)
    }

    /// - Returns: the id.
    func credential(
        _ name: String,
        _ account: GitWebServer.Account,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> String {
        let made = try await server.client.create(
            .gitCredentials,
            [
                "Name": .string(name),
                "Details": [
                    "Type": "UsernamePassword", "Username": .string(account.name),
                    "Password": ["HasValue": true, "NewValue": .string(account.password)],
                ],
            ]
        )
        return made["Id"]?.stringValue ?? ""
    }

    func convert(
        to url: String,
        _ credential: String?,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Answer {
        let credentials: JSON = credential.map { ["Type": "Reference", "Id": .string($0)] } ?? ["Type": "Anonymous"]
        return try await server.post(
            "/api/projects/\(id)/git/convert",
            [
                "CommitMessage": "To Git",
                "VersionControlSettings": [
                    "Url": .string(url), "DefaultBranch": "main", "BasePath": ".octopus", "Credentials": credentials,
                    "ConversionState": ["VariablesAreInGit": true],
                ],
            ]
        )
    }

    func setURL(_ url: String, isolation: isolated (any Actor)? = #isolation) async throws {
        try await server.edit(.projects, id) { $0["PersistenceSettings"]?["Url"] = .string(url) }
    }

    func setCredential(_ credential: String, isolation: isolated (any Actor)? = #isolation) async throws {
        try await server.edit(.projects, id) {
            $0["PersistenceSettings"]?["Credentials"] = ["Type": "Reference", "Id": .string(credential)]
        }
    }

    /// What the server says of something that it refuses.
    func failure<Result>(
        isolation: isolated (any Actor)? = #isolation,
        _ work: (DestinationClient) async throws -> Result
    ) async throws -> String {
        do {
            _ = try await work(server.client)
            Issue.record("nothing was refused")
            return ""
        } catch let error as APIError {
            return error.description
        }
    }
}

extension TestServer {
    fileprivate func get(_ path: String, isolation: isolated (any Actor)? = #isolation) async throws -> Web.Answer {
        try await send(.GET, path, nil)
    }

    fileprivate func post(
        _ path: String,
        _ body: JSON,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Web.Answer {
        try await send(.POST, path, body)
    }

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        _ body: JSON?,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Web.Answer {
        var request = HTTPClientRequest(url: address + path)
        request.method = method
        request.headers.add(name: "X-Octopus-ApiKey", value: key)
        if let body { request.body = .bytes(ByteBuffer(bytes: body.bytes)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
        return Web.Answer(
            status: response.status,
            text: String(buffer: try await response.body.collect(upTo: 4 << 20))
        )
    }
}
