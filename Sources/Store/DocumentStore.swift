public import Foundation

/// The documents, events, secrets and credentials of one server instance.
public struct DocumentStore: Sendable {
    let driver: any SQLDriver
    let sealer: any SecretSealer

    /// Numbers for caches, readable without waiting.
    public let changes = Changes()

    /// The number of the schema that this program makes: of a database with a higher one it knows nothing.
    public static var newestSchema: Int { Migrations.store.steps.count }

    /// Opens the store on a database, making or upgrading its tables.
    ///
    /// - Throws: ``MigrationError`` for a database of a newer Skerry, ``StoreError/wrongMasterKey``, ``SQLError``.
    public static func open(_ driver: any SQLDriver, sealer: any SecretSealer) async throws -> DocumentStore {
        try await Migrations.store.run(on: driver)
        let store = DocumentStore(driver: driver, sealer: sealer)
        try await store.checkMasterKey()
        return store
    }

    private init(driver: any SQLDriver, sealer: any SecretSealer) {
        self.driver = driver
        self.sealer = sealer
    }

    /// Reads one unchanging state of the database.
    ///
    /// - Parameters:
    ///   - length: ``ReadLength/long`` for scans of thousands of documents.
    ///   - body: must not keep the reader.
    /// - Throws: ``StoreError``, ``SQLError``, or what `body` throws.
    public func read<T: Sendable>(
        _ length: ReadLength = .short,
        _ body: @escaping @Sendable (StoreReader) throws -> T
    ) async throws -> T {
        let sealer = sealer
        return try await driver.read(length) { try body(StoreReader(connection: $0, sealer: sealer)) }
    }

    /// Writes in one transaction: all of it is stored or, when `body` throws, nothing.
    ///
    /// - Parameters:
    ///   - author: who is named in the events.
    ///   - time: what the events and documents are dated.
    ///   - body: must not keep the writer.
    /// - Throws: ``StoreError``, ``SQLError``, or what `body` throws.
    @discardableResult
    public func write<T: Sendable>(
        as author: EventAuthor,
        at time: Date = Date(),
        _ body: @escaping @Sendable (StoreWriter) throws -> T
    ) async throws -> T {
        let sealer = sealer
        do {
            let (result, touched) = try await driver.write { connection in
                let writer = StoreWriter(connection: connection, sealer: sealer, author: author, time: time)
                let result = try body(writer)
                if let broken = writer.broken { throw broken }
                return (result, writer.touched)
            }
            changes.note(touched)
            return result
        } catch {
            // A task that is cancelled during its commit cannot tell whether the commit happened.
            if Task.isCancelled { changes.invalidateAll() }
            throw error
        }
    }

    /// A number that changes when another process wrote to the database; then call ``Changes/invalidateAll()``.
    public func externalChangeMarker() async throws -> Int { try await driver.externalChangeMarker() }

    /// Closes the database; later calls throw.
    public func close() async throws { try await driver.close() }

    private func checkMasterKey() async throws {
        let sealer = sealer
        guard let check = try await driver.read(Self.keyCheck) else {
            return try await driver.write { connection in
                // Another process may have been first.
                guard try Self.keyCheck(connection) == nil else { return }
                try Self.writeKeyCheck(connection, sealer)
            }
        }
        guard check.opens(with: sealer) else { throw StoreError.wrongMasterKey }
    }
}
