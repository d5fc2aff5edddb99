import Catalog
import TestSupport
import Testing

@testable import APIClient

@Suite("Reading lists")
struct ListTests {
    @Test("asks for everything at once, and goes on where the server gives pages")
    func pages() async throws {
        let server = try await ScriptedServer { request in
            guard request.path == "/api/Spaces-1/environments" else { return SmallServer().answer(request) }
            return Self.page(from: Int(request.query["skip"] ?? "") ?? 0, of: 7)
        }
        let environments = try await connect(server.url).list(.environments)
        #expect(environments.compactMap { $0["Id"]?.stringValue } == (0..<7).map { "Environments-\($0)" })
        #expect(
            server.requests.filter { $0.path.hasSuffix("environments") }.map { $0.query["take"] }
                == Array(repeating: "2147483647", count: 3)
        )
    }

    @Test("E-108: a document that moved between two pages is kept once")
    func duplicates() async throws {
        let server = try await ScriptedServer { request in
            guard request.path == "/api/Spaces-1/environments" else { return SmallServer().answer(request) }
            return request.query["skip"] == "0"
                ? .init(
                    200,
                    #"{"Items": [{"Id": "A"}, {"Id": "B"}], "Links": {"Page.Next": "http://elsewhere.example/"}}"#
                )
                : .init(200, #"{"Items": [{"Id": "B"}, {"Id": "C"}], "Links": {}}"#)
        }
        let environments = try await connect(server.url).list(.environments)
        #expect(environments.compactMap { $0["Id"]?.stringValue } == ["A", "B", "C"])
    }

    @Test("a list without end is an error")
    func endless() async throws {
        let server = try await ScriptedServer { request in
            guard request.path == "/api/Spaces-1/environments" else { return SmallServer().answer(request) }
            return .init(200, #"{"Items": [{"Id": "A"}], "Links": {"Page.Next": "/again"}}"#)
        }
        let client = try await connect(server.url)
        guard case .badResponse = await failure({ try await client.list(.environments) }) else {
            Issue.record("expected 'bad response'")
            return
        }
    }

    @Test("teams and their roles are asked for with those of the system")
    func mixedScope() async throws {
        let server = try await ScriptedServer { request in
            request.path == "/api/teams" ? .init(200, #"{"Items": []}"#) : SmallServer().answer(request)
        }
        #expect(try await connect(server.url).list(.teams).isEmpty)
        let query = server.requests.last?.query
        #expect(query?["spaces"] == "Spaces-1" && query?["includeSystem"] == "true")
    }

    @Test("the event cursor is the number of the newest event")
    func cursor() async throws {
        let server = try await ScriptedServer { request in
            request.path == "/api/Spaces-1/events"
                ? .init(200, #"{"Items": [{"Id": "Events-412"}]}"#) : SmallServer().answer(request)
        }
        #expect(try await connect(server.url).eventCursor() == 412)
        let silent = try await ScriptedServer(SmallServer().answer)
        #expect(try await connect(silent.url).eventCursor() == nil)
    }

    private static func page(from start: Int, of total: Int) -> ScriptedServer.Answer {
        let end = min(start + 3, total)
        let items = (start..<end).map { #"{"Id": "Environments-\#($0)"}"# }.joined(separator: ",")
        let next = end < total ? #"{"Page.Next": "/api/Spaces-1/environments?skip=\#(end)&take=3"}"# : "{}"
        return .init(200, #"{"Items": [\#(items)], "Links": \#(next)}"#)
    }
}
