import AsyncHTTPClient
import Catalog
import NIOHTTP1
import Store
import Testing

@testable import Server

@Suite("Who may do what")
struct SignInTests {
    private static func signIn(
        _ server: TestServer,
        _ name: String = "admin",
        _ password: String = TestServer.password
    ) async throws -> Answer {
        try await server.send(
            .POST,
            "/api/users/login",
            ["Username": .string(name), "Password": .string(password)],
            key: nil
        )
    }

    private static func cookies(_ answer: Answer) -> [String] { answer.headers["Set-Cookie"] }

    private static func value(_ prefix: String, _ answer: Answer) -> (name: String, value: String)? {
        guard let cookie = cookies(answer).first(where: { $0.hasPrefix(prefix) }) else { return nil }
        let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
        return (String(pair[0]), pair.count > 1 ? String(pair[1]) : "")
    }

    @Test(
        "A key is taken from every place where clients put it",
        arguments: ["X-Octopus-ApiKey", "x-nuget-apikey", "Authorization"]
    )
    func keyPlaces(header: String) async throws {
        try await TestServer.run { server in
            let value = header == "Authorization" ? "Bearer \(TestServer.key)" : TestServer.key
            let answer = try await server.send(.GET, "/api/users/me", key: nil, headers: [(header, value)])
            #expect(answer.status == 200)
            #expect(answer.json["Username"] == "admin")
            #expect(try await server.send(.GET, "/api/users/me?apikey=\(TestServer.key)", key: nil).status == 200)
            #expect(!server.log.text.contains(TestServer.key))
        }
    }

    @Test("Without a key, or with a wrong one, everything but the public addresses is 401 with JSON")
    func anonymous() async throws {
        try await TestServer.run { server in
            for path in ["/api/environments", "/api/Spaces-1", "/api/users/me", "/api/events", "/api/projects/all"] {
                for key in [nil, "", "API-WRONGWRONGWRONGWRONG"] {
                    let answer = try await server.send(.GET, path, key: key)
                    #expect(answer.status == 401)
                    #expect(answer.json["ErrorMessage"] != nil)
                }
            }
            for path in ["/api", "/api/serverstatus/health", "/api/openapi.json"] {
                #expect(try await server.send(.GET, path, key: nil).status == 200)
            }
        }
    }

    @Test("What was answered to somebody from memory is not answered to nobody")
    func cachedAnswers() async throws {
        try await TestServer.run { server in
            for _ in 0..<3 {
                let answer = try await server.get("/api/Spaces-1/lifecycles")
                #expect(answer.status == 200)
            }
            #expect(try await server.send(.GET, "/api/Spaces-1/lifecycles", key: nil).status == 401)
            #expect(try await server.send(.GET, "/api/Spaces-1/lifecycles", key: "API-X1").status == 401)
        }
    }

    @Test("Who is no administrator may read and not write")
    func roles() async throws {
        try await TestServer.run { server in
            let user = try await server.post(
                "/api/users",
                ["Username": "reader", "DisplayName": "Reader", "Password": "long enough 1"]
            )
            #expect(user.status == 201, "\(user.text)")
            #expect(user.json["Password"]?.stringValue == nil)
            let id = try #require(user.json["Id"]?.stringValue)
            let made = try await server.post("/api/users/\(id)/apikeys", ["Purpose": "test"])
            #expect(made.status == 201)
            let key = try #require(made.json["ApiKey"]?.stringValue)
            #expect(key.wholeMatch(of: /API-[A-Z0-9]{32}/) != nil)
            let listed = try await server.get("/api/users/\(id)/apikeys")
            #expect(!listed.text.contains(key))
            #expect(listed.json["Items"]?[0]?["ApiKey"]?["HasValue"] == true)
            #expect(try await server.send(.GET, "/api/environments", key: key).status == 200)
            let refused = try await server.send(.POST, "/api/environments", ["Name": "X"], key: key)
            #expect(refused.status == 403)
            #expect(refused.json["ErrorMessage"] != nil)
            let keyID = try #require(made.json["Id"]?.stringValue)
            #expect(try await server.delete("/api/users/\(id)/apikeys/\(keyID)").status == 200)
            #expect(try await server.send(.GET, "/api/environments", key: key).status == 401)
        }
    }

    @Test("Everybody makes and deletes their own API keys, and nobody else's")
    func ownKeys() async throws {
        try await TestServer.run { server in
            let user = try await server.post(
                "/api/users",
                ["Username": "reader", "DisplayName": "Reader", "Password": "long enough 1"]
            )
            let id = try #require(user.json["Id"]?.stringValue)
            let given = try await server.post("/api/users/\(id)/apikeys", ["Purpose": "first"])
            let key = try #require(given.json["ApiKey"]?.stringValue)
            let own = try await server.send(.POST, "/api/users/\(id)/apikeys", ["Purpose": "own"], key: key)
            #expect(own.status == 201, "\(own.text)")
            let address = try #require(own.json["Links"]?["Self"]?.stringValue)
            #expect(try await server.send(.DELETE, address, key: key).status == 200)
            let others = try await server.get("/api/users/Users-1/apikeys").json["Items"]?[0]?["Links"]?["Self"]
            let foreign = try #require(others?.stringValue)
            #expect(try await server.send(.GET, foreign, key: key).status == 403)
            #expect(try await server.send(.DELETE, foreign, key: key).status == 403)
            let stolen = try await server.send(.POST, "/api/users/Users-1/apikeys", ["Purpose": "x"], key: key)
            #expect(stolen.status == 403)
        }
    }

    @Test("A session reads with its cookie, and writes only with the token of the other cookie")
    func sessions() async throws {
        try await TestServer.run { server in
            let answer = try await Self.signIn(server)
            #expect(answer.status == 200)
            #expect(answer.json["Username"] == "admin")
            #expect(Self.cookies(answer).filter { $0.hasPrefix("Octopus-Csrf-Token") }.count == 1)
            let session = try #require(Self.value("OctopusIdentificationToken", answer))
            let csrf = try #require(Self.value("Octopus-Csrf-Token", answer))
            let raw = try #require(Self.cookies(answer).first { $0.hasPrefix(session.name) })
            #expect(raw.contains("HttpOnly") && raw.contains("SameSite=Strict") && raw.contains("; Path=/api;"))
            let cookie = ("Cookie", "other=1; \(session.name)=\(session.value); \(csrf.name)=\(csrf.value)")
            #expect(try await server.send(.GET, "/api/users/me", key: nil, headers: [cookie]).status == 200)
            let forged = try await server.send(.POST, "/api/environments", ["Name": "X"], key: nil, headers: [cookie])
            #expect(forged.status == 403)
            let wrong = [cookie, ("X-Octopus-Csrf-Token", "0")]
            #expect(
                try await server.send(.POST, "/api/environments", ["Name": "X"], key: nil, headers: wrong).status == 403
            )
            let right = [cookie, ("X-Octopus-Csrf-Token", csrf.value)]
            #expect(
                try await server.send(.POST, "/api/environments", ["Name": "X"], key: nil, headers: right).status == 201
            )
            #expect(try await server.send(.POST, "/api/users/logout", key: nil, headers: right).status == 200)
            #expect(try await server.send(.GET, "/api/users/me", key: nil, headers: [cookie]).status == 401)
        }
    }

    @Test("Wrong passwords are refused, slowed down after some, and never lock out who knows the right one elsewhere")
    func throttle() async throws {
        var limits = ServerConfiguration.Limits()
        limits.failedLogins = 3
        try await TestServer.run(limits: limits) { server in
            for _ in 0..<20 {
                let answer = try await Self.signIn(server)
                #expect(answer.status == 200)
            }
            for _ in 0..<3 {
                let answer = try await Self.signIn(server, "admin", "wrong password")
                #expect(answer.status == 401)
            }
            let slowed = try await Self.signIn(server, "admin", "wrong password")
            #expect(slowed.status == 429)
            #expect(slowed.headers.first(name: "Retry-After") != nil)
            #expect(try await Self.signIn(server, "nobody", "wrong password").status == 401)
            #expect(try await server.get("/api/users/me").status == 200)
            #expect(!server.log.text.contains("wrong password"))
        }
    }

    @Test("A password is stored as scrypt with its parameters and checked in constant work")
    func hashing() async throws {
        let hasher = PasswordHasher(concurrency: 1)
        let hash = try await hasher.hash("secret one")
        #expect(hash.hasPrefix("scrypt$16384$8$1$"))
        #expect(try await hasher.verify("secret one", against: hash))
        #expect(try await !hasher.verify("secret two", against: hash))
        #expect(try await !hasher.verify("secret one", against: "scrypt$1$garbage"))
        await hasher.stop()
    }

    @Test("An administrator is made once and reset afterwards")
    func administrators() async throws {
        try await TestServer.run { server in
            let again = try await Administrators.createOrReset(
                store: server.store,
                username: "ADMIN",
                password: "another password",
                email: "a@example.com",
                apiKey: nil
            )
            #expect(!again.isNew)
            let key = try #require(again.madeAPIKey)
            #expect(try await server.send(.GET, "/api/users/me", key: key).json["EmailAddress"] == "a@example.com")
            #expect(try await Self.signIn(server).status == 401)
            #expect(try await Self.signIn(server, "admin", "another password").status == 200)
            await #expect(throws: Administrators.AdminError.badAPIKey) {
                _ = try await Administrators.createOrReset(
                    store: server.store,
                    username: "x",
                    password: "long enough",
                    email: nil,
                    apiKey: "lower-case"
                )
            }
        }
    }
}
