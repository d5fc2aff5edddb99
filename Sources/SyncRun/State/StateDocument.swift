public import Catalog
import Foundation
public import Sync

/// A state as `StateStore.exported()` writes it, read back and checked in every part.
public struct StateDocument: Sendable, Hashable {
    static let format = "skerry.sync.state/v1"

    /// Bytes of the text.
    public static let largest = JSONLimits.ofState.bytes

    var state: SyncState
    /// The newest first.
    var runs: [Run]

    struct Run: Sendable, Hashable {
        var id: String
        var planID: String
        var status: RunStatus
        /// RFC 3339.
        var startedAt: String
        var finishedAt: String?
        var journal: [JournalEntry]
        var operations: [Sync.Operation]
        var images: [Image]
        /// What was agreed before of what the run touched; null where it is not remembered.
        var previous: JSON
        /// What is agreed on once the run is at its end; null for one that nobody goes on with.
        var proposed: JSON
    }

    struct Image: Sendable, Hashable {
        var sequence: Int
        var kind: KindName
        var id: String
        var before: JSON?
        var after: JSON?
    }

    public var records: Int { state.records.count }
    public var runCount: Int { runs.count }
    public var pair: SyncState.Pair? { state.pair }
    /// The newest run, if it was cut off: applying its plan goes on with it.
    public var unfinishedRun: (id: String, plan: String)? {
        guard let run = runs.first, run.status == .running || run.status == .partial else { return nil }
        return (run.id, run.planID)
    }
    /// The ledger knows the versions of secrets that a provider has set.
    public var knowsProvidedSecrets: Bool { state.secrets.values.contains { !$0.version.isEmpty } }

    /// - Parameter text: UTF-8.
    /// - Throws: ``StateDocumentError`` with the place of the first thing that is wrong.
    public init(_ text: [UInt8], catalog: Catalog = .standard) throws {
        let json: JSON
        do {
            json = try JSON.parse(text, limits: .ofState)
        } catch {
            throw StateDocumentError("", "JSON (\(error))")
        }
        let reader = PlaceReader(json)
        guard json["format"] == .string(Self.format) else {
            throw StateDocumentError("format", "'\(Self.format)', which `skerry sync export-state` writes")
        }
        try reader.allow(["format", "pair", "records", "secrets", "replicas", "runs"])
        state = try Self.state(reader, catalog)
        guard state.pair != nil || state.records.isEmpty else { throw reader["pair"].error("an object, not null") }
        var ids: Set<String> = []
        runs = try reader["runs"].elements(atMost: Self.mostRuns).map { run in
            let result = try Self.run(run, catalog)
            guard ids.insert(result.id).inserted else { throw run["id"].error("another id than those before it") }
            return result
        }
        if let late = runs.dropFirst().firstIndex(where: { $0.status == .running }) {
            throw reader["runs"][late]["status"].error("ended: only the newest run can be running")
        }
    }

    private static let mostRuns = 1_000_000
    private static let mostRows = 5_000_000

    // MARK: - Parts

    /// The members `pair`, `records` and `secrets`.
    private static func state(_ reader: PlaceReader, _ catalog: Catalog) throws -> SyncState {
        var state = SyncState(pair: try pair(reader["pair"]))
        for (lineage, row) in try reader["records"].members(atMost: mostRows) {
            state.records[lineage] = try record(row, lineage, catalog)
        }
        for item in try reader["secrets"].elements(atMost: mostRows) {
            try item.allow(["lineage", "path", "row"])
            let place = SecretPlace(lineage: try item["lineage"].name(), path: try item["path"].name())
            guard let row = SecretRow(json: item["row"].json) else {
                throw item["row"].error("what is known of a secret")
            }
            guard state.secrets.updateValue(row, forKey: place) == nil else {
                throw item.error("about another secret than those before it")
            }
        }
        return state
    }

    private static func pair(_ reader: PlaceReader) throws -> SyncState.Pair? {
        if reader.json.isNull { return nil }
        let names = ["sourceInstallation", "sourceSpace", "destinationInstallation", "destinationSpace"]
        try reader.allow(Set(names))
        for name in names { _ = try reader[name].name() }
        return SyncState.Pair(json: reader.json)
    }

    private static func record(_ row: PlaceReader, _ lineage: String, _ catalog: Catalog) throws -> SyncState.Record {
        guard !lineage.isEmpty, lineage.utf8.count <= PlaceReader.longestName else { throw row.error("under a name") }
        try row.allow([
            "sourceKey", "destinationKey", "sourceID", "destinationID", "base", "variables", "parts", "createdHash",
        ])
        for side in ["sourceKey", "destinationKey"] { try key(row[side], catalog) }
        _ = try row["sourceID"].name()
        _ = try row["destinationID"].text()
        guard row["base"].json.objectValue != nil else { throw row["base"].error("an object") }
        try variables(row["variables"])
        if let parts = row.optional("parts") {
            for part in try parts.elements(atMost: mostRows) where SyncState.Part(json: part.json) == nil {
                throw part.error("a path and two ids")
            }
        }
        if let hash = row.optional("createdHash") { _ = try hash.text() }
        guard let record = SyncState.Record(lineage: lineage, json: row.json) else { throw row.error("a record") }
        return record
    }

    private static func key(_ reader: PlaceReader, _ catalog: Catalog) throws {
        try reader.allow(["kind", "path"])
        let kind = KindName(try reader["kind"].name())
        guard catalog[kind] != nil || kind == .scriptModules || kind == .packages else {
            throw reader["kind"].error("a kind that this version of skerry knows")
        }
        for name in try reader["path"].elements(atMost: 64) { _ = try name.text() }
    }

    private static func variables(_ reader: PlaceReader) throws {
        if reader.json.isNull { return }
        guard reader.json.objectValue != nil else { throw reader.error("an object or null") }
        guard let base = reader.optional("base") else { return }
        do {
            _ = try VariableBase(json: base.json)
        } catch {
            throw StateDocumentError("\(base.place).\(error.path)", error.expected)
        }
    }

    private static func run(_ reader: PlaceReader, _ catalog: Catalog) throws -> Run {
        try reader.allow([
            "id", "plan", "status", "startedAt", "finishedAt", "journal", "operations", "images", "previous",
            "proposed",
        ])
        guard let status = RunStatus(rawValue: try reader["status"].text()) else {
            throw reader["status"].error("running, finished, partial or abandoned")
        }
        let finished = reader["finishedAt"]
        return Run(
            id: try reader["id"].name(),
            planID: try reader["plan"].name(),
            status: status,
            startedAt: try reader["startedAt"].time(),
            finishedAt: finished.json.isNull ? nil : try finished.time(),
            journal: try rows(reader["journal"], entry) { $0.sequence },
            operations: try rows(reader.optional("operations"), operation) { $0.sequence },
            images: try rows(reader.optional("images"), image) { "\($0.sequence) \($0.kind) \($0.id)" },
            previous: try stateOfRun(reader["previous"], catalog),
            proposed: try stateOfRun(reader["proposed"], catalog)
        )
    }

    /// - Parameter identity: what no two of them have in common.
    private static func rows<Row, Identity: Hashable>(
        _ reader: PlaceReader?,
        _ read: (PlaceReader) throws -> Row,
        _ identity: (Row) -> Identity
    ) throws -> [Row] {
        guard let reader else { return [] }
        var known: Set<Identity> = []
        return try reader.elements(atMost: mostRows).map { element in
            let row = try read(element)
            guard known.insert(identity(row)).inserted else {
                throw element.error("about another operation than those before it")
            }
            return row
        }
    }

    private static func entry(_ reader: PlaceReader) throws -> JournalEntry {
        try reader.allow(["sequence", "step", "hashBefore", "hashAfter", "destinationId", "problem"])
        guard let step = JournalEntry.Step(rawValue: try reader["step"].text()) else {
            throw reader["step"].error("intent, done, verified or failed")
        }
        return JournalEntry(
            sequence: try reader["sequence"].sequence(),
            step: step,
            hashBefore: try reader["hashBefore"].text(),
            hashAfter: try reader["hashAfter"].text(),
            destinationID: try reader["destinationId"].text(),
            problem: try reader["problem"].text()
        )
    }

    private static func operation(_ reader: PlaceReader) throws -> Sync.Operation {
        _ = try reader["seq"].sequence()
        guard let operation = Sync.Operation(json: reader.json) else { throw reader.error("an operation of a plan") }
        return operation
    }

    private static func image(_ reader: PlaceReader) throws -> Image {
        try reader.allow(["sequence", "kind", "id", "before", "after"])
        for moment in ["before", "after"] {
            guard let document = reader.optional(moment), document.json.objectValue == nil else { continue }
            throw document.error("a document")
        }
        return Image(
            sequence: try reader["sequence"].sequence(),
            kind: KindName(try reader["kind"].name()),
            id: try reader["id"].text(),
            before: reader.optional("before")?.json,
            after: reader.optional("after")?.json
        )
    }

    private static func stateOfRun(_ reader: PlaceReader, _ catalog: Catalog) throws -> JSON {
        if reader.json.isNull { return .null }
        try reader.allow(["pair", "records", "secrets", "isPart"])
        _ = try state(reader, catalog)
        return reader.json
    }
}

/// Why a text is no state, and where.
public struct StateDocumentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `records[9f2c].sourceKey.kind`; empty for the whole.
    public var place: String
    public var expected: String

    init(_ place: String, _ expected: String) {
        self.place = place
        self.expected = expected
    }

    public var description: String { "\(place.isEmpty ? "the file" : place) should be \(expected)" }
}

/// A value of a document, with the way that leads to it.
private struct PlaceReader {
    let json: JSON
    /// Put together only when there is something wrong: a state has millions of values.
    private let way: [Step]

    /// Bytes of an id, a name or another text that is one thing.
    static let longestName = 4_096

    private enum Step {
        case member(String)
        case key(String)
        case element(Int)
    }

    init(_ json: JSON) { self.init(json, []) }

    private init(_ json: JSON, _ way: [Step]) {
        self.json = json
        self.way = way
    }

    var place: String {
        var text = ""
        for step in way {
            switch step {
            case .member(let name): text += text.isEmpty ? name : ".\(name)"
            case .key(let name): text += "[\(name.prefix(200).description.printable)]"
            case .element(let number): text += "[\(number)]"
            }
        }
        return text
    }

    func error(_ expected: String) -> StateDocumentError { StateDocumentError(place, expected) }

    /// Null where there is none.
    subscript(name: String) -> PlaceReader { PlaceReader(json[name] ?? .null, way + [.member(name)]) }

    subscript(position: Int) -> PlaceReader { PlaceReader(json[position] ?? .null, way + [.element(position)]) }

    /// Nil where there is none, null included.
    func optional(_ name: String) -> PlaceReader? {
        let value = self[name]
        return value.json.isNull ? nil : value
    }

    /// - Throws: for what a newer program may have written there, and this one would lose.
    func allow(_ names: Set<String>) throws {
        guard let object = json.objectValue else { throw error("an object") }
        guard let unknown = object.first(where: { !names.contains($0.key) }) else { return }
        throw StateDocumentError(
            place,
            "without '\(unknown.key.prefix(200).description.printable)', which this version of skerry does not know"
        )
    }

    func text() throws -> String {
        guard let text = json.stringValue else { throw error("a text") }
        return text
    }

    /// A text that is there, and not too long.
    func name() throws -> String {
        let text = try text()
        guard !text.isEmpty, text.utf8.count <= Self.longestName else {
            throw error("a text of 1 to \(Self.longestName) bytes")
        }
        return text
    }

    func time() throws -> String {
        let text = try text()
        guard Date(timestamp: text) != nil else { throw error("a time, such as 2026-01-31T12:00:00Z") }
        return text
    }

    func sequence() throws -> Int {
        guard let number = json.intValue, number >= 1 else { throw error("a number from 1") }
        return number
    }

    func elements(atMost limit: Int) throws -> [PlaceReader] {
        guard let list = json.arrayValue else { throw error("a list") }
        guard list.count <= limit else { throw error("a list of at most \(limit)") }
        return list.enumerated().map { PlaceReader($1, way + [.element($0)]) }
    }

    func members(atMost limit: Int) throws -> [(String, PlaceReader)] {
        guard let object = json.objectValue else { throw error("an object") }
        guard object.count <= limit else { throw error("an object of at most \(limit) members") }
        return object.map { ($0.key, PlaceReader($0.value, way + [.key($0.key)])) }
    }
}
