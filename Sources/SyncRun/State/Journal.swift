import Catalog
import Foundation
import Sync

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

enum RunStatus: String, Sendable {
    /// Begun and not ended: at work now, or killed.
    case running
    case finished
    /// Ended with failures; applying the same plan again goes on with it.
    case partial
    /// Another plan was applied instead of going on.
    case abandoned
}

struct SyncRunRecord: Sendable {
    var id: String
    var planID: String
    var status: RunStatus
    /// The state that holds once everything is done.
    var proposed: SyncState
    /// `proposed` is about some documents only; what is remembered of the others stays.
    var isPart = false
    /// What was agreed before, of the lineages that the plan touches.
    var previous = SyncState()
}

/// How far one operation has come, by its sequence number in the plan.
struct JournalEntry: Sendable, Hashable {
    enum Step: String, Sendable {
        /// Written down before the request is sent. An intent that is found without more is settled by reading.
        case intent
        /// The server has answered that it is done.
        case done
        /// Done, and the answer was exactly what the plan said.
        case verified
        case failed
    }

    var sequence: Int
    var step: Step
    var hashBefore = ""
    var hashAfter = ""
    var destinationID = ""
    var problem = ""

    /// Stands in `problem`: the server got random values for secrets that nobody had given.
    static let sentDummies = "dummy-secrets"
}

/// The document that an operation is about, as its server has it: what a rollback goes back to, and what it expects to
/// find. Servers never send secrets, so there are none in it.
struct OperationImage: Sendable, Hashable {
    enum Moment: Sendable {
        case before, after
    }

    var kind: KindName
    /// The server's id, that of the owner's part where documents are served without one.
    var id: String
    var moment: Moment
    var document: JSON
}

/// Writes the journal of one run. Each entry is on the disk before the call returns.
actor Journal {
    nonisolated let store: StateStore
    private let run: String
    private(set) var entries: [Int: JournalEntry]
    private let crash = CrashPoint()

    init(store: StateStore, run: String, entries: [Int: JournalEntry]) {
        self.store = store
        self.run = run
        self.entries = entries
    }

    /// - Parameter images: of the operation's own document, and of what is deleted with it.
    func record(_ entry: JournalEntry, images: [OperationImage] = []) async throws {
        try await store.record(entry, images: images, run: run)
        entries[entry.sequence] = entry
        boundary()
    }

    /// What the first attempt of an operation found; nil when there was none.
    ///
    /// - Parameter image: of the same document.
    func before(_ image: OperationImage, _ sequence: Int) async throws -> JSON? {
        try await store.before(image, sequence, run: run)
    }

    /// A moment at which tests may kill the process.
    func boundary() { crash.pass() }
}
