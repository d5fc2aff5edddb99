import APIClient
import Catalog
import Sync
import Synchronization
import TestSupport
import Testing

@testable import SyncRun

@Suite("Reading many documents in one request")
struct ReadingTogetherTests {
    private static func id(_ number: Int) -> String { "variableset-Projects-\(number)" }

    private static func set(_ number: Int, whole: Bool = true) -> String {
        whole
            ? #"{"Id": "\#(id(number))", "OwnerId": "Projects-\#(number)", "Version": 3, "Variables": []}"#
            : #"{"Id": "\#(id(number))", "OwnerId": "Projects-\#(number)"}"#
    }

    /// A server of 120 projects.
    ///
    /// - Parameter together: what it answers to the request for several ids.
    private func requests(
        _ together: @escaping @Sendable ([String]) -> ScriptedServer.Answer
    ) async throws -> (together: Int, single: [String], found: Int) {
        let server = try await ScriptedServer { request in
            if request.path == "/api/Spaces-1/variables/all" {
                return together((request.query["ids"] ?? "").split(separator: ",").map(String.init))
            }
            if request.path.contains("/variables/"),
                let number = request.path.split(separator: "-").last.flatMap({ Int($0) })
            {
                return .init(200, Self.set(number))
            }
            if request.path == "/api/Spaces-1/projects" {
                let items = (1...120).map { #"{"Id": "Projects-\#($0)", "VariableSetId": "\#(Self.id($0))"}"# }
                return .init(200, #"{"Items": [\#(items.joined(separator: ","))], "Links": {}}"#)
            }
            return ReplicaReadingTests.answer(request)
        }
        let client = try await SourceClient.connect(
            to: server.url,
            key: try APIKey("API-KEY", from: "the test"),
            space: "Default"
        )
        let policy = Policy(
            source: .init(name: "", url: "", credential: .environment("A")),
            destination: .init(name: "", url: "", credential: .environment("B"))
        )
        let raw = try await ReplicaReading(client: client, readSet: ReadSet(for: policy, catalog: .standard)).read()
        let paths = server.requests.map(\.path)
        let single = paths.filter { $0.contains("/variables/variableset-Projects-") }
        let ids = Set((raw.documents[.variableSets] ?? []).compactMap { $0["Id"]?.stringValue })
        return (paths.count { $0.hasSuffix("/variables/all") }, single, ids.count { $0.contains("-Projects-") })
    }

    @Test("fifty sets come in one request")
    func together() async throws {
        let result = try await requests { ids in
            let sets = ids.compactMap { $0.split(separator: "-").last.flatMap { Int($0) } }.map { Self.set($0) }
            return .init(200, "[\(sets.joined(separator: ","))]")
        }
        #expect(result.together == 3)
        #expect(result.single == [])
        #expect(result.found == 120)
    }

    @Test("what the answer leaves out, has in a light form or was not asked for is read by itself")
    func incomplete() async throws {
        let result = try await requests { ids in
            let numbers = ids.compactMap { $0.split(separator: "-").last.flatMap { Int($0) } }
            let sets = numbers.filter { $0 != 7 }.map { Self.set($0, whole: $0 != 9) }
            return .init(200, "[\((sets + [Self.set(5_000)]).joined(separator: ","))]")
        }
        #expect(Set(result.single.compactMap { $0.split(separator: "-").last }) == ["7", "9"])
        #expect(result.found == 120)
    }

    @Test("a server that cannot do it is read set by set", arguments: [404, 400, 405])
    func refused(_ status: Int) async throws {
        let result = try await requests { _ in .init(status, #"{"ErrorMessage": "no"}"#) }
        #expect(result.single.count == 120)
        #expect(result.found == 120)
    }
}
