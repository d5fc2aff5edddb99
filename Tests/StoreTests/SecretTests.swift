import Catalog
import Store
import Testing

@Suite struct SecretTests {
    @Test("a secret comes back as it was set, and nothing of it lies in the database file", arguments: Engine.allCases)
    func roundTrip(engine: Engine) async throws {
        try await withFolder { folder in
            let store = try await openStore(engine, folder + "/store.db")
            let plaintext = Array("hunter2-hunter2".utf8)
            try await store.insert(
                .boat("Boats-1") { $0.secrets = .exactly([("Key", .set(plaintext)), ("Empty", .set([]))]) }
            )
            #expect(try await store.read { try $0.secret(.boats, "Boats-1", path: "Key") } == plaintext)
            #expect(try await store.read { try $0.secret(.boats, "Boats-1", path: "Empty") } == [])
            #expect(try await store.read { try $0.secret(.boats, "Boats-1", path: "Other") } == nil)
            #expect(try await store.read { try $0.secretPaths(.boats, "Boats-1") } == ["Empty", "Key"])
            let files = try filesOf(folder)
            #expect(!files.isEmpty)
            #expect(files.allSatisfy { !$0.contains(plaintext) })
            #expect(files.contains { $0.contains(Array("Boats-1".utf8)) })
            try await store.close()
        }
    }

    @Test("an update says what happens to each secret", arguments: Engine.allCases)
    func changes(engine: Engine) async throws {
        try await withStore(engine) { store in
            let first = SecretChanges.exactly([("a", .set([1])), ("b", .set([2])), ("c", .set([3])), ("d", .set([4]))])
            try await store.insert(.boat("Boats-1") { $0.secrets = first })
            try await store.write(as: ann) { try $0.update(.boat("Boats-1"), event: .modified) }
            #expect(try await secrets(store) == ["a": [1], "b": [2], "c": [3], "d": [4]])
            let second = SecretChanges.exactly([
                ("a", .keep), ("b", .clear), ("c", .move(from: "d")), ("e", .move(from: "c")), ("f", .set([6])),
                ("g", .keep),
            ])
            try await store.write(as: ann) { writer in
                try writer.update(.boat("Boats-1") { $0.secrets = second }, event: .modified)
            }
            #expect(try await secrets(store) == ["a": [1], "c": [4], "e": [3], "f": [6]])
        }
    }

    @Test("one secret can be set and removed by itself", arguments: Engine.allCases)
    func single(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("Boats-1"))
            try await store.write(as: ann) { try $0.putSecret(.boats, "Boats-1", path: "x", [9], event: .modified) }
            #expect(try await secrets(store) == ["x": [9]])
            try await store.write(as: ann) { try $0.clearSecret(.boats, "Boats-1", path: "x", event: .modified) }
            #expect(try await secrets(store) == [:])
            await #expect(throws: StoreError.notFound(kind: .boats, id: "Boats-2")) {
                try await store.write(as: ann) { try $0.putSecret(.boats, "Boats-2", path: "x", [9], event: .modified) }
            }
            #expect(try await store.read { try $0.latestEventSequence() } == 3)
        }
    }

    @Test(
        "a sealed value that was moved to another place cannot be read",
        arguments: Engine.allCases,
        ["id = 'Boats-2'", "path = 'Other'", "kind = 'oars'"]
    )
    func moved(engine: Engine, place: String) async throws {
        try await withFolder { folder in
            let store = try await openStore(engine, folder + "/store.db")
            try await store.insert(.boat("Boats-1") { $0.secrets = .exactly([("Key", .set([1, 2, 3]))]) })
            let driver = try engine.open(folder + "/store.db")
            try await driver.write { try $0.execute("UPDATE secrets SET \(place)") }
            try await driver.close()
            let error = await #expect(throws: StoreError.self) {
                try await store.read { reader in
                    for (kind, id, path) in [
                        (KindName.boats, "Boats-2", "Key"), (.boats, "Boats-1", "Other"), (.oars, "Boats-1", "Key"),
                    ] {
                        _ = try reader.secret(kind, id, path: path)
                    }
                }
            }
            guard case .unreadableSecret = error else {
                Issue.record("expected an unreadable secret, found \(String(describing: error))")
                return
            }
            try await store.close()
        }
    }

    @Test("a wrong master key is refused at the door, the right one still fits", arguments: Engine.allCases)
    func wrongMasterKey(engine: Engine) async throws {
        try await withFolder { folder in
            try await openStore(engine, folder + "/store.db").close()
            await #expect(throws: StoreError.wrongMasterKey) {
                try await openStore(engine, folder + "/store.db", key: 8)
            }
            try await openStore(engine, folder + "/store.db").close()
            #expect(StoreError.wrongMasterKey.description.contains("Put the instance's own master key back"))
        }
    }

    private func secrets(_ store: DocumentStore) async throws -> [String: [UInt8]] {
        try await store.read { reader in
            var values: [String: [UInt8]] = [:]
            for path in try reader.secretPaths(.boats, "Boats-1") {
                values[path] = try reader.secret(.boats, "Boats-1", path: path)
            }
            return values
        }
    }
}

@Suite struct MasterKeySealerTests {
    private let sealer: MasterKeySealer

    init() throws { sealer = try MasterKeySealer(masterKey: Array(0..<32)) }

    @Test("what was sealed opens in its context only", arguments: [[], [0], Array("geheim".utf8)] as [[UInt8]])
    func roundTrip(plaintext: [UInt8]) throws {
        let sealed = try sealer.seal(plaintext, context: "a/b/c")
        #expect(try sealer.open(sealed, context: "a/b/c") == plaintext)
        #expect(throws: SealError.notAuthentic) { try sealer.open(sealed, context: "a/b/d") }
    }

    @Test("the same text never looks the same twice")
    func randomNonce() throws {
        #expect(try sealer.seal([1], context: "x") != sealer.seal([1], context: "x"))
    }

    @Test("a change of any one byte is noticed", arguments: 0..<38)
    func tampering(position: Int) throws {
        var sealed = try sealer.seal([1, 2, 3, 4, 5], context: "x")
        #expect(sealed.count == 38)
        sealed[position] ^= 1
        #expect(throws: SealError.self) { try sealer.open(sealed, context: "x") }
    }

    @Test("nonsense is refused, not crashed on", arguments: [0, 1, 4, 5, 17, 32])
    func tooShort(length: Int) throws {
        let sealed = try sealer.seal([], context: "x").prefix(length)
        #expect(throws: SealError.otherFormat) { try sealer.open(Array(sealed), context: "x") }
    }

    @Test("another key is told apart from damage")
    func otherKey() throws {
        let other = try MasterKeySealer(masterKey: Array(1..<33))
        let sealed = try other.seal([1], context: "x")
        #expect(throws: SealError.otherKey) { try sealer.open(sealed, context: "x") }
    }

    @Test("a master key has 32 bytes", arguments: [0, 16, 31, 33])
    func keyLength(count: Int) {
        #expect(throws: SealError.badKeyLength(count)) {
            try MasterKeySealer(masterKey: Array(repeating: 1, count: count))
        }
    }
}
