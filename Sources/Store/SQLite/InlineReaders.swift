import GRDB
import Synchronization

/// Read-only connections for short reads on the caller's own thread.
///
/// Opened when first needed, at most `limit`; when all are taken the caller goes to the pool, which waits.
final class InlineReaders: Sendable {
    private struct State {
        var free: [InlineReader] = []
        var opened = 0
        var isClosed = false
    }

    private let path: String
    private let configuration: Configuration
    private let limit: Int
    private let state = Mutex(State())

    init(path: String, configuration: Configuration, limit: Int) {
        self.path = path
        self.configuration = configuration
        self.limit = limit
    }

    /// A connection that nobody else uses, or nil when all are taken or the readers are closed.
    func take() throws -> InlineReader? {
        let (reader, mayOpen) = state.withLock { state -> (InlineReader?, Bool) in
            if let reader = state.free.popLast() { return (reader, false) }
            guard !state.isClosed, state.opened < limit else { return (nil, false) }
            state.opened += 1
            return (nil, true)
        }
        guard mayOpen else { return reader }
        do {
            return InlineReader(queue: try DatabaseQueue(path: path, configuration: configuration))
        } catch {
            state.withLock { $0.opened -= 1 }
            throw error
        }
    }

    /// Gives a connection back.
    func give(_ reader: InlineReader) {
        let close = state.withLock { state in
            if !state.isClosed { state.free.append(reader) }
            return state.isClosed
        }
        // Nobody can ask for it any more; a failure to close leaves the work to the end of the process.
        if close { try? reader.queue.close() }
    }

    func close() throws {
        let free = state.withLock { state in
            state.isClosed = true
            defer { state.free = [] }
            return state.free
        }
        for reader in free { try reader.queue.close() }
    }
}

/// One read-only connection.
struct InlineReader: Sendable {
    let queue: DatabaseQueue

    /// Runs `body` in a read transaction, so that all its statements see the same state.
    func snapshot<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
        try queue.unsafeRead { database in
            let connection = SQLiteConnection(database: database, needsTransaction: false)
            try connection.execute("BEGIN")
            do {
                let result = try body(SQLiteConnection(database: database))
                try connection.execute("COMMIT")
                return result
            } catch {
                // Nothing was written, so there is nothing to lose: only leave the transaction.
                if database.isInsideTransaction { try connection.execute("ROLLBACK") }
                throw error
            }
        }
    }
}
