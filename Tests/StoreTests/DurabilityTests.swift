import Catalog
import Foundation
import Store
import Testing

@Suite struct DurabilityTests {
    @Test(
        "kill -9 within a transaction keeps what was committed and nothing else",
        arguments: Engine.allCases
    )
    func killed(engine: Engine) async throws {
        try await withFolder { folder in
            let path = folder + "/store.db"
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, engine = engine.rawValue as String] in
                let store = try await openStore(try #require(Engine(rawValue: engine)), path)
                try await store.insert(.boat("Boats-1"), .boat("Boats-2"))
                try await store.write(as: ann) { writer in
                    for number in 3...2000 { try writer.insert(.boat("Boats-\(number)"), event: .created) }
                    try writer.delete(.boats, "Boats-1", event: .deleted)
                    kill(getpid(), SIGKILL)
                }
            }
            let store = try await openStore(engine, path)
            #expect(try await store.page(DocumentQuery(kind: .boats)).items == ["Boats-1", "Boats-2"])
            #expect(try await store.read { try $0.latestEventSequence() } == 2)
            try await store.insert(.boat("Boats-3"))
            #expect(try await store.read { try $0.latestEventSequence() } == 3)
            try await store.close()
        }
    }

    @Test("another process may write while the store is open, and is noticed", arguments: Engine.allCases)
    func otherProcess(engine: Engine) async throws {
        try await withFolder { folder in
            let path = folder + "/store.db"
            let store = try await openStore(engine, path)
            try await store.insert(.boat("Boats-1"))
            let before = try await store.externalChangeMarker()
            await #expect(processExitsWith: .success) { [path = path as String, engine = engine.rawValue as String] in
                let store = try await openStore(try #require(Engine(rawValue: engine)), path)
                try await store.insert(.boat("Boats-2"))
                try await store.close()
            }
            #expect(try await store.externalChangeMarker() != before)
            #expect(try await store.page(DocumentQuery(kind: .boats)).items == ["Boats-1", "Boats-2"])
            try await store.insert(.boat("Boats-3"))
            #expect(try await store.read { try $0.latestEventSequence() } == 3)
            try await store.close()
        }
    }
}
