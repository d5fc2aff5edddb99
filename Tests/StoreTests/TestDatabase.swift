import Catalog
import Foundation
import Store
import Testing

/// The databases that every test of the store runs against.
enum Engine: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite = "SQLite"

    var testDescription: String { rawValue }

    func open(_ path: String) throws -> any SQLDriver {
        switch self {
        case .sqlite: try SQLiteDriver.open(path: path, readers: 3)
        }
    }
}

/// A folder of its own for one test.
func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}

/// An empty store of one test.
func withStore<T>(_ engine: Engine, _ body: (DocumentStore) async throws -> T) async throws -> T {
    try await withFolder { folder in
        let store = try await openStore(engine, folder + "/store.db")
        do {
            let result = try await body(store)
            try await store.close()
            return result
        } catch {
            try? await store.close()
            throw error
        }
    }
}

func openStore(_ engine: Engine, _ path: String, key: UInt8 = 7) async throws -> DocumentStore {
    try await DocumentStore.open(
        engine.open(path),
        sealer: MasterKeySealer(masterKey: Array(repeating: key, count: 32))
    )
}

let ann = EventAuthor(
    userID: "Users-1",
    username: "ann",
    userAgent: "curl",
    ipAddress: "127.0.0.1",
    identityEstablishedWith: "API key"
)
let noon = Date(timeIntervalSince1970: 1_700_000_000.123)

extension KindName {
    // Kinds that no catalog knows: the store must not care.
    static let boats: KindName = "boats"
    static let oars: KindName = "oars"
}

extension DocumentDraft {
    /// A boat; tests change what they are about.
    static func boat(_ id: String, _ name: String? = nil, change: (inout DocumentDraft) -> Void = { _ in }) -> Self {
        var draft = DocumentDraft(
            kind: .boats,
            id: id,
            space: "Spaces-1",
            name: name ?? id,
            body: Array(#"{"Id":"\#(id)"}"#.utf8)
        )
        change(&draft)
        return draft
    }
}

extension EventDraft {
    static let created = EventDraft("Created", message: "made")
    static let modified = EventDraft("Modified", message: "changed")
    static let deleted = EventDraft("Deleted", message: "gone")
}

extension DocumentStore {
    /// Inserts drafts in one transaction.
    func insert(_ drafts: DocumentDraft...) async throws {
        try await write(as: ann, at: noon) { writer in
            for draft in drafts { try writer.insert(draft, event: .created) }
        }
    }

    func page(_ query: DocumentQuery) async throws -> Page<String> {
        try await read { reader in
            let page = try reader.page(query)
            return Page(items: page.items.map(\.id), total: page.total)
        }
    }
}

/// The bytes of every file in a folder.
func filesOf(_ folder: String) throws -> [[UInt8]] {
    try FileManager.default.contentsOfDirectory(atPath: folder).map {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + $0)))
    }
}
