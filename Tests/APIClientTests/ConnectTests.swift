import Catalog
import TestSupport
import Testing

@testable import APIClient

@Suite("Connecting to a server")
struct ConnectTests {
    @Test("learns who answers and which space was meant", arguments: ["Default", "default", "Spaces-1", "the-default"])
    func identity(space: String) async throws {
        let server = try await ScriptedServer(SmallServer().answer)
        let client = try await connect(server.url, space: space)
        #expect(client.identity.version == "2025.4.1000")
        #expect(client.identity.installationID == "0d9e6f3e-7f0c-4a0e-9a57-1f6a2a6a7c11")
        #expect(client.identity.spaceID == "Spaces-1")
        #expect(client.identity.spaceName == "Default")
        #expect(client.identity.url == server.url)
    }

    @Test("sends the key as a header and says where the request comes from")
    func headers() async throws {
        let server = try await ScriptedServer(SmallServer().answer)
        let client = try await DestinationClient.connect(to: server.url, key: key(), space: "Default")
        let origin = RequestOrigin(run: "r1", plan: "91c2aa", operation: 12)
        _ = try await client.from(origin).update(.projects, id: "Projects-1", ["Id": "Projects-1"])
        let last = try #require(server.requests.last)
        #expect(last.headers["x-octopus-apikey"] == "API-KEY")
        #expect(
            last.headers["user-agent"]
                == "skerry-sync/\(RequestOrigin.version) (run=r1; plan=91c2aa; op=12)"
        )
        #expect(server.requests.allSatisfy { $0.query.values.allSatisfy { !$0.contains("API-KEY") } })
    }

    @Test("an HTML page is no such server", arguments: [200, 404])
    func page(status: Int) async throws {
        let server = try await ScriptedServer { _ in
            .init(status, "<!DOCTYPE html><html></html>", contentType: "text/html; charset=utf-8")
        }
        try await expectNoServer(server.url)
    }

    @Test(
        "a 200 with nonsense is no such server",
        arguments: ["hello", "[]", "{}", "", #"{"Version": "1.0"}"#, #"{"Version": "1", "ApiVersion": "9.0.0"}"#]
    )
    func nonsense(text: String) async throws {
        let server = try await ScriptedServer { _ in .init(200, text) }
        try await expectNoServer(server.url)
    }

    @Test("a redirect is reported and not followed, so that the key stays where it was meant for")
    func redirect() async throws {
        let other = try await ScriptedServer(SmallServer().answer)
        let server = try await ScriptedServer { _ in
            var answer = ScriptedServer.Answer(302)
            answer.headers["Location"] = other.url + "/api"
            return answer
        }
        try await expectNoServer(server.url)
        #expect(other.requests.isEmpty)
    }

    @Test("a wrong key is told apart from a missing permission")
    func keys() async throws {
        let wrong = try await ScriptedServer { _ in .init(401, #"{"ErrorMessage": "no"}"#) }
        #expect(await failure { try await connect(wrong.url) } == .unauthorized(server: wrong.url))
        let weak = try await ScriptedServer { request in
            request.path == "/api" ? SmallServer().answer(request) : .init(403, #"{"ErrorMessage": "needs SpaceView"}"#)
        }
        #expect(
            await failure { try await connect(weak.url) }
                == .forbidden(server: weak.url, request: "GET /api/spaces/all", message: "needs SpaceView")
        )
    }

    @Test("a missing space lists the spaces that there are")
    func missingSpace() async throws {
        let server = try await ScriptedServer(SmallServer().answer)
        let error = await failure { try await connect(server.url, space: "Nowhere") }
        #expect(error == .spaceNotFound(server: server.url, space: "Nowhere", existing: ["Default", "Harbour"]))
        #expect(error?.description.contains("'Default', 'Harbour'") == true)
    }

    @Test("a server that is not there is unreachable")
    func unreachable() async throws {
        let server = try await ScriptedServer(SmallServer().answer)
        try await server.stop()
        guard case .unreachable(server.url, _) = await failure({ try await connect(server.url) }) else {
            Issue.record("expected 'unreachable'")
            return
        }
    }

    @Test(
        "an address is taken as people paste it",
        arguments: [
            ("http://a.example/", "http://a.example"), ("HTTPS://a.example/api", "https://a.example"),
            ("https://a.example:8443/octopus/api/Spaces-1", "https://a.example:8443/octopus"),
            ("http://a.example/app#/Spaces-1", "http://a.example"),
        ]
    )
    func address(text: String, base: String) throws {
        #expect(try ServerAddress(text).base == base)
    }

    @Test(
        "what is no address, or hides a password in one, is refused",
        arguments: ["", "a.example", "ftp://a.example", "http://", "https://me:secret@a.example"]
    )
    func badAddress(text: String) {
        let error = #expect(throws: APIError.self) { try ServerAddress(text) }
        #expect(error?.description.contains("secret") != true)
    }

    @Test("a key that could break a header is refused, and no key can be printed")
    func badKey() throws {
        #expect(throws: APIError.self) { try APIKey("API-1\r\nX: y", from: "the environment variable KEY") }
        #expect(throws: APIError.self) { try APIKey("  \n", from: "the file key") }
        let key = try APIKey(" API-SECRET\n", from: "a file")
        #expect(!"\(key)\(String(reflecting: key))".contains("SECRET"))
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("SECRET"))
    }

    private func expectNoServer(_ url: String) async throws {
        guard case .notASkerryOrOctopusServer(url, _) = await failure({ try await connect(url) }) else {
            Issue.record("expected 'not a server'")
            return
        }
    }
}

/// Two spaces, no documents; every PUT and POST is answered with its own body.
struct SmallServer {
    func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
        switch (request.method, request.path) {
        case ("GET", "/api"):
            .init(
                200,
                #"{"ApiVersion": "3.0.0", "Version": "2025.4.1000", "InstallationId": "0d9e6f3e-7f0c-4a0e-9a57-1f6a2a6a7c11"}"#
            )
        case ("GET", "/api/spaces/all"):
            .init(
                200,
                #"[{"Id": "Spaces-1", "Name": "Default", "Slug": "the-default"}, {"Id": "Spaces-2", "Name": "Harbour"}]"#
            )
        case ("PUT", _), ("POST", _): .init(200, String(decoding: request.body, as: UTF8.self))
        default: .init(404, #"{"ErrorMessage": "nothing here"}"#)
        }
    }
}

func key() throws -> APIKey { try APIKey("API-KEY", from: "the test") }

/// Impatient where patience is not what is tested.
func quickOptions(_ change: (inout ClientOptions) -> Void = { _ in }) -> ClientOptions {
    var options = ClientOptions()
    options.retryPause = .milliseconds(1)
    change(&options)
    return options
}

@discardableResult
func connect(
    _ url: String,
    space: String = "Default",
    options: ClientOptions = quickOptions()
) async throws -> SourceClient {
    try await SourceClient.connect(to: url, key: key(), space: space, options: options)
}

/// The error that the work ends with.
func failure(_ work: () async throws -> some Any) async -> APIError? {
    do {
        _ = try await work()
        return nil
    } catch {
        return error as? APIError
    }
}
