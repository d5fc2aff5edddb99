import Catalog
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import APIClient

@Suite("Patience and limits of requests")
struct TransportTests {
    @Test("E-105: a read is repeated after 429, as soon as the server says")
    func retryAfter() async throws {
        let script = Script([
            .init(429, "", headers: ["Retry-After": "0"]), .init(503, "busy"), .init(200, #"{"Id": "A"}"#),
        ])
        let server = try await ScriptedServer(script.answer)
        let client = try await connect(server.url)
        #expect(try await client.get(.environments, id: "A") == ["Id": "A"])
        #expect(script.count == 3)
    }

    @Test("a read is repeated after a broken connection")
    func hangUp() async throws {
        let script = Script([.hangUp, .hangUp, .init(200, #"{"Id": "A"}"#)])
        let server = try await ScriptedServer(script.answer)
        #expect(try await connect(server.url).get(.environments, id: "A") == ["Id": "A"])
    }

    @Test("after five repetitions the server's own words are the error")
    func burst() async throws {
        let script = Script([.init(500, #"{"ErrorMessage": "disk full", "Errors": ["no space left"]}"#)])
        let server = try await ScriptedServer(script.answer)
        let client = try await connect(server.url)
        let error = await failure { try await client.get(.environments, id: "A") }
        #expect(
            error
                == .refused(
                    server: server.url,
                    request: "GET /api/Spaces-1/environments/A",
                    status: 500,
                    message: "disk full",
                    errors: ["no space left"]
                )
        )
        #expect(script.count == 6)
    }

    @Test("E-101: a write is never repeated by itself after an unclear answer", arguments: [true, false])
    func writesOnce(hangsUp: Bool) async throws {
        let script = Script([hangsUp ? .hangUp : .init(503, "busy")])
        let server = try await ScriptedServer(script.answer)
        let client = try await DestinationClient.connect(
            to: server.url,
            key: key(),
            space: "Default",
            options: quickOptions()
        )
        #expect(await failure { try await client.create(.environments, ["Name": "A"]) } != nil)
        #expect(script.count == 1)
    }

    @Test("a write that was not looked at (429) is repeated")
    func throttledWrite() async throws {
        let script = Script([.init(429, ""), .init(201, #"{"Id": "A"}"#)])
        let server = try await ScriptedServer(script.answer)
        let client = try await DestinationClient.connect(
            to: server.url,
            key: key(),
            space: "Default",
            options: quickOptions()
        )
        #expect(try await client.create(.environments, ["Name": "A"]) == ["Id": "A"])
    }

    @Test("an answer over the limit is given up")
    func tooLarge() async throws {
        let script = Script([.init(200, #"{"Id": ""# + String(repeating: "x", count: 100_000) + #""}"#)])
        let server = try await ScriptedServer(script.answer)
        let client = try await connect(server.url, options: quickOptions { $0.responseLimit = 50_000 })
        #expect(
            await failure { try await client.get(.environments, id: "A") }
                == .tooLarge(server: server.url, request: "GET /api/Spaces-1/environments/A", limit: 50_000)
        )
    }

    @Test("a body that does not end is given up after the time limit")
    func slowBody() async throws {
        var endless = ScriptedServer.Answer(200, #"{"Id": "#)
        endless.staysOpen = true
        let script = Script([endless])
        let server = try await ScriptedServer(script.answer)
        let client = try await connect(server.url, options: quickOptions { $0.requestTimeout = .seconds(1) })
        #expect(
            await failure { try await client.get(.environments, id: "A") }
                == .timeout(server: server.url, request: "GET /api/Spaces-1/environments/A", seconds: 1)
        )
    }

    @Test("JSON nested 10,000 deep is refused without harm")
    func tooDeep() async throws {
        let script = Script([.init(200, String(repeating: "[", count: 10_000))])
        let server = try await ScriptedServer(script.answer)
        let client = try await connect(server.url)
        guard case .badResponse = await failure({ try await client.get(.environments, id: "A") }) else {
            Issue.record("expected 'bad response'")
            return
        }
    }

    @Test("what the server refuses, it says in its own words")
    func refusal() async throws {
        let script = Script([.init(400, #"{"ErrorMessage": "Problem.", "Errors": ["The name is taken."]}"#)])
        let server = try await ScriptedServer(script.answer)
        let client = try await DestinationClient.connect(to: server.url, key: key(), space: "Default")
        let error = await failure { try await client.create(.environments, ["Name": "A"]) }
        #expect(
            error?.description.hasSuffix("refused POST /api/Spaces-1/environments (400): Problem. The name is taken.")
                == true
        )
    }

    @Test(
        "E-105: Retry-After is seconds or a date",
        arguments: [
            ("7", 7.0), (" 0 ", 0), ("Sun, 06 Nov 1994 08:50:00 GMT", 23), ("Sun, 06 Nov 1994 08:49:00 GMT", 0),
            ("-1", nil), ("soon", nil), ("Sun, 31 Feb 1994 08:49:00 GMT", nil),
        ] as [(String, Double?)]
    )
    func retryAfterForms(text: String, seconds: Double?) {
        // Sun, 06 Nov 1994 08:49:37 GMT
        #expect(RetryPause.seconds(of: text, now: Date(timeIntervalSince1970: 784_111_777)) == seconds)
    }

    @Test("pauses double, up to the longest, and a server cannot ask for more than that")
    func pauses() {
        let options = ClientOptions()
        func pause(_ attempt: Int, _ retryAfter: String? = nil) -> Duration {
            RetryPause.pause(attempt: attempt, retryAfter: retryAfter, now: Date(), options: options, chance: 1)
        }
        #expect(pause(0) == .milliseconds(250))
        #expect(pause(2) == .milliseconds(1000))
        #expect(pause(60) == options.longestPause)
        #expect(pause(0, "86400") == options.longestPause)
    }
}

/// Answers to requests for documents, one after the other; the last one stays. Connecting works as usual.
final class Script: Sendable {
    private let answers: [ScriptedServer.Answer]
    private let position = Mutex(0)

    init(_ answers: [ScriptedServer.Answer]) { self.answers = answers }

    var count: Int { position.withLock { $0 } }

    @Sendable func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
        if request.path == "/api" || request.path == "/api/spaces/all" { return SmallServer().answer(request) }
        return position.withLock { position in
            defer { position += 1 }
            return answers[min(position, answers.count - 1)]
        }
    }
}

extension ScriptedServer.Answer {
    init(_ status: Int, _ text: String, headers: [String: String]) {
        self.init(status, text)
        self.headers.merge(headers) { $1 }
    }
}
