import Catalog
import Store
import Testing

private struct ChangeOfMind: Error {}

@Suite struct TransactionTests {
    @Test("a write that throws leaves nothing, not even a number", arguments: Engine.allCases)
    func rollback(engine: Engine) async throws {
        try await withStore(engine) { store in
            await #expect(throws: ChangeOfMind.self) {
                try await store.write(as: ann) { writer in
                    let draft = DocumentDraft.boat(try writer.nextID("Boats")) {
                        $0.references = [DocumentReference(path: "x", toID: "Oars-1")]
                        $0.secrets = .exactly([("Key", .set([1]))])
                    }
                    try writer.insert(draft, event: .created)
                    try writer.setSetting("colour", "red")
                    #expect(try writer.document(.boats, "Boats-1") != nil)
                    throw ChangeOfMind()
                }
            }
            let page = try await store.page(DocumentQuery(kind: .boats))
            #expect(page.total == 0)
            #expect(try await store.read { try $0.usages(of: "Oars-1") }.isEmpty)
            #expect(try await store.read { try $0.secretPaths(.boats, "Boats-1") }.isEmpty)
            #expect(try await store.read { try $0.setting("colour") } == nil)
            #expect(try await store.read { try $0.latestEventSequence() } == 0)
            #expect(try await store.write(as: ann) { try $0.nextID("Boats") } == "Boats-1")
        }
    }

    @Test("ids count up per prefix and are not reused after a deletion", arguments: Engine.allCases)
    func ids(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.write(as: ann) { writer in
                let first = try writer.nextID("Boats")
                #expect(first == "Boats-1")
                #expect(try writer.nextID("Boats") == "Boats-2")
                #expect(try writer.nextID("Oars") == "Oars-1")
                try writer.insert(.boat("Boats-2"), event: .created)
                try writer.delete(.boats, "Boats-2", event: .deleted)
                #expect(try writer.nextID("Boats") == "Boats-3")
                try writer.reserveIDs("Boats", through: 10)
                try writer.reserveIDs("Boats", through: 5)
                #expect(try writer.nextID("Boats") == "Boats-11")
            }
        }
    }

    @Test("the first number can be chosen per database", arguments: Engine.allCases)
    func firstID(engine: Engine) async throws {
        try await withStore(engine) { store in
            let ids = try await store.write(as: ann) { writer in
                try writer.setSetting(StoreWriter.firstIDSetting, "5001")
                try writer.reserveIDs("Docks", through: 3)
                return try ["Boats", "Boats", "Docks"].map(writer.nextID)
            }
            #expect(ids == ["Boats-5001", "Boats-5002", "Docks-5001"])
        }
    }

    @Test("many writers at once never get the same id, and events have no gap", arguments: Engine.allCases)
    func parallelWriters(engine: Engine) async throws {
        try await withFolder { folder in
            // Two stores on one database, as two processes would have.
            let stores = [
                try await openStore(engine, folder + "/store.db"), try await openStore(engine, folder + "/store.db"),
            ]
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await stores[number % 2].write(as: ann) { writer in
                            let id = try writer.nextID("Boats")
                            try writer.insert(.boat(id), event: .created)
                            return id
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(ids) == Set((1...200).map { "Boats-\($0)" }))
            let events = try await stores[0].read { try $0.events(EventQuery(oldestFirst: true, take: Int.max)) }
            #expect(events.items.map(\.sequence) == Array(1...200))
            for store in stores { try await store.close() }
        }
    }

    @Test("a read sees one state while others write", arguments: Engine.allCases, [ReadLength.short, .long])
    func snapshot(engine: Engine, length: ReadLength) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("Boats-0"))
            async let writing: Void = {
                for number in 1...50 { try await store.insert(.boat("Boats-\(number)")) }
            }()
            for _ in 0..<50 {
                let (documents, events) = try await store.read(length) { reader in
                    (try reader.count(.boats, in: "Spaces-1"), try reader.latestEventSequence())
                }
                #expect(documents == events)
            }
            try await writing
        }
    }

    @Test("of two updates based on one version, one wins", arguments: Engine.allCases)
    func lostUpdate(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("Boats-1"))
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        do {
                            try await store.write(as: ann) { writer in
                                let draft = DocumentDraft.boat("Boats-1", "by \(number)")
                                try writer.update(draft, expectedVersion: 1, event: .modified)
                            }
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 }.count == 1)
            #expect(try await store.read { try $0.document(.boats, "Boats-1")?.version } == 2)
        }
    }

    @Test("a cancelled write either happened or did not, and caches are told", arguments: Engine.allCases)
    func cancellation(engine: Engine) async throws {
        try await withStore(engine) { store in
            let before = store.changes.generation(of: .boats)
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await store.write(as: ann) { writer in
                    for number in 0..<1_000_000 {
                        try writer.insert(.boat("Boats-\(number)"), event: .created)
                        if number == 10 { start.finish() }
                    }
                }
            }
            for await _ in started {}
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await store.page(DocumentQuery(kind: .boats)).total == 0)
            #expect(store.changes.generation(of: .boats) > before)
            try await store.insert(.boat("Boats-1"))
        }
    }
}

@Suite struct ChangesTests {
    @Test("only what was committed raises a number, and only its own", arguments: Engine.allCases)
    func generations(engine: Engine) async throws {
        try await withStore(engine) { store in
            let changes = store.changes
            let (boats, oars, total) = (changes.generation(of: .boats), changes.generation(of: .oars), changes.total)
            try await store.insert(.boat("Boats-1"))
            #expect(changes.generation(of: .boats) == boats + 1)
            #expect(changes.generation(of: .oars) == oars)
            #expect(changes.total == total + 1)
            await #expect(throws: ChangeOfMind.self) {
                try await store.write(as: ann) { writer in
                    try writer.insert(.boat("Boats-2"), event: .created)
                    throw ChangeOfMind()
                }
            }
            #expect(changes.generation(of: .boats) == boats + 1)
            let (credentials, settings) = (changes.credentials, changes.settings)
            try await store.write(as: ann) { writer in
                try writer.setPasswordHash("x", ofUser: "Users-1", event: .modified)
            }
            #expect(changes.credentials == credentials + 1 && changes.settings == settings)
            try await store.write(as: ann) { try $0.setSetting("colour", "red") }
            #expect(changes.credentials == credentials + 1 && changes.settings == settings + 1)
            changes.invalidateAll()
            #expect(changes.generation(of: .oars) == oars + 1)
        }
    }

    @Test("a write from elsewhere moves the marker, one's own does not", arguments: Engine.allCases)
    func marker(engine: Engine) async throws {
        try await withFolder { folder in
            let here = try await openStore(engine, folder + "/store.db")
            let elsewhere = try await openStore(engine, folder + "/store.db")
            let before = try await here.externalChangeMarker()
            try await here.insert(.boat("Boats-1"))
            #expect(try await here.externalChangeMarker() == before)
            try await elsewhere.insert(.boat("Boats-2"))
            #expect(try await here.externalChangeMarker() != before)
            #expect(try await here.page(DocumentQuery(kind: .boats)).total == 2)
            try await here.close()
            try await elsewhere.close()
        }
    }
}
