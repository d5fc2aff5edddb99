import Catalog
import Foundation
import Store
import Testing

@Suite struct CredentialTests {
    private func key(_ number: Int, user: String = "Users-1", expires: Date? = nil) -> APIKeyRecord {
        APIKeyRecord(
            id: "APIKeys-\(number)",
            userID: user,
            hash: [UInt8(number), 0, 255],
            hint: "API-AB",
            purpose: "tests",
            created: Date(timeIntervalSince1970: Double(number)),
            expires: expires
        )
    }

    @Test("API keys are found by hash and listed newest first", arguments: Engine.allCases)
    func apiKeys(engine: Engine) async throws {
        try await withStore(engine) { store in
            let keys = [key(1), key(2, expires: Date(timeIntervalSince1970: 99)), key(3, user: "Users-2")]
            try await store.write(as: ann) { writer in
                for key in keys { try writer.insertAPIKey(key, event: EventDraft("Created", message: "key")) }
            }
            #expect(try await store.read { try $0.apiKey(hash: [2, 0, 255]) } == keys[1])
            #expect(try await store.read { try $0.apiKey(hash: [2, 0]) } == nil)
            #expect(try await store.read { try $0.apiKeys(ofUser: "Users-1") } == [keys[1], keys[0]])
            try await store.write(as: ann) { try $0.deleteAPIKey(id: "APIKeys-2", event: .deleted) }
            #expect(try await store.read { try $0.apiKey(hash: [2, 0, 255]) } == nil)
            #expect(try await store.read { try $0.latestEventSequence() } == 4)
            await #expect(throws: StoreError.apiKeyNotFound(id: "APIKeys-2")) {
                try await store.write(as: ann) { try $0.deleteAPIKey(id: "APIKeys-2", event: .deleted) }
            }
        }
    }

    @Test("a password hash can be set, replaced and taken away", arguments: Engine.allCases)
    func passwords(engine: Engine) async throws {
        try await withStore(engine) { store in
            for hash in ["first", "second", nil] {
                try await store.write(as: ann) { try $0.setPasswordHash(hash, ofUser: "Users-1", event: .modified) }
                #expect(try await store.read { try $0.passwordHash(ofUser: "Users-1") } == hash)
            }
        }
    }

    @Test("sessions live until they are ended or over", arguments: Engine.allCases)
    func sessions(engine: Engine) async throws {
        try await withStore(engine) { store in
            let start = Date(timeIntervalSince1970: 1000)
            let sessions = (1...3).map { number in
                SessionRecord(
                    tokenHash: [UInt8(number)],
                    userID: "Users-\(number)",
                    csrfHash: [7],
                    created: start,
                    expires: start + Double(number),
                    lastUsed: start
                )
            }
            try await store.write(as: ann) { writer in
                for session in sessions { try writer.insertSession(session) }
            }
            #expect(try await store.read { try $0.session(tokenHash: [2]) } == sessions[1])
            try await store.write(as: ann) { writer in
                try writer.touchSession(tokenHash: [1], lastUsed: start + 5, expires: start + 50)
                try writer.deleteSession(tokenHash: [2])
                try writer.deleteSessions(expiredBefore: start + 10)
            }
            let left = try await store.read { reader in try (1...3).map { try reader.session(tokenHash: [UInt8($0)]) } }
            #expect(left[0]?.expires == start + 50 && left[0]?.lastUsed == start + 5)
            #expect(left[1] == nil && left[2] == nil)
            try await store.write(as: ann) { try $0.deleteCredentials(ofUser: "Users-1") }
            #expect(try await store.read { try $0.session(tokenHash: [1]) } == nil)
        }
    }

    @Test("a blob is replaced with another etag, and is bounded", arguments: Engine.allCases)
    func blobs(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("Boats-1"))
            let first = try await store.write(as: ann) {
                try $0.putBlob(.boats, "Boats-1", contentType: "image/png", [1], event: .modified)
            }
            #expect(try await store.read { try $0.blob(.boats, "Boats-1") } == first)
            let full = [UInt8](repeating: 0, count: Blob.limit)
            let second = try await store.write(as: ann) {
                try $0.putBlob(.boats, "Boats-1", contentType: "image/gif", full, event: .modified)
            }
            #expect(first.etag != second.etag && second.etag.count == 32)
            #expect(try await store.read { try $0.blobETag(.boats, "Boats-1") } == second.etag)
            let refusal = StoreError.blobTooLarge(kind: .boats, id: "Boats-1", bytes: 1_048_577, limit: 1_048_576)
            await #expect(throws: refusal) {
                try await store.write(as: ann) {
                    try $0.putBlob(.boats, "Boats-1", contentType: "image/gif", full + [0], event: .modified)
                }
            }
            try await store.write(as: ann) { try $0.deleteBlob(.boats, "Boats-1", event: .modified) }
            #expect(try await store.read { try $0.blob(.boats, "Boats-1") } == nil)
        }
    }

    @Test("a setting can be set, replaced and removed", arguments: Engine.allCases)
    func settings(engine: Engine) async throws {
        try await withStore(engine) { store in
            for value in ["one", "two", nil] {
                try await store.write(as: ann) { try $0.setSetting("colour", value) }
                #expect(try await store.read { try $0.setting("colour") } == value)
            }
        }
    }
}
