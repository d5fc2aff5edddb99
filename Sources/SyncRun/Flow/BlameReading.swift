public import APIClient
public import Catalog
import Foundation
public import Sync

/// Who changed one thing, where and when, and who decides about it.
public struct Blame: Sendable {
    public enum Side: String, Sendable, Hashable { case source, destination }

    public struct Line: Sendable {
        public var side: Side
        public var entry: HistoryEntry
        /// What of the document the entry names, without noise: `Description`, `Variables/Url/Value`.
        public var paths: [String]
        /// The operation of ours that made this change, with the rules that decided.
        public var operation: Sync.Operation?
        /// The entry names only a place in a list whose order has changed since: it may be about a neighbour.
        public var isGuess: Bool
    }

    public var key: EntityKey
    public var field: String?
    public var owner: FieldOwner
    /// Newest first.
    public var lines: [Line]
    /// A side whose events cannot be seen with this key.
    public var hidden: [Side]
}

extension SyncFlow {
    /// - Parameter text: `project Database`, `projects/Database.Description`, `variables of project Web.Url`.
    /// - Throws: `SyncRunError`; `.refused` when the text names nothing that was synced.
    public func blame(_ text: String, limit: Int = 200) async throws -> Blame {
        let state = try await store.load(for: pair)
        let records = Dictionary(state.records.values.map { ($0.destinationKey, $0) }) { first, _ in first }
        let query: EntityQuery
        do {
            query = try EntityQuery.parse(text, among: records.keys, catalog: catalog)
        } catch {
            throw SyncRunError.refused(reason: records.isEmpty ? "nothing was synced yet" : error.description)
        }
        guard let record = records[query.key] else { throw SyncRunError.refused(reason: "nothing was synced yet") }
        let field = Self.place(of: query)
        let owner = FieldOwner(of: query.key, field: field, policy: policy, catalog: catalog)
        var blame = Blame(key: query.key, field: field, owner: owner, lines: [], hidden: [])
        for side in [Blame.Side.source, .destination] {
            do {
                let id = side == .source ? record.sourceID : record.destinationID
                blame.lines += try await lines(side, id: id, query.key, field, limit: limit)
            } catch let error as APIError where error.isPermissionProblem || error.isNotFound {
                blame.hidden.append(side)
            } catch let error as APIError {
                throw SyncRunError.api(error)
            }
        }
        blame.lines.sort { ($0.entry.at, $0.entry.id) > ($1.entry.at, $1.entry.id) }
        return blame
    }

    /// A variable is named by its name alone.
    private static func place(of query: EntityQuery) -> String? {
        guard let field = query.field, query.key.kind == .variableSets, !field.hasPrefix("Variables/") else {
            return query.field
        }
        return "Variables/\(field)"
    }

    private func lines(
        _ side: Blame.Side,
        id: String,
        _ key: EntityKey,
        _ field: String?,
        limit: Int
    ) async throws -> [Blame.Line] {
        guard !id.isEmpty, let kind = catalog[key.kind == .scriptModules ? .librarySets : key.kind] else { return [] }
        let entries =
            side == .source
            ? try await source.history(of: id, limit: limit) : try await destination.history(of: id, limit: limit)
        let document = try? await side == .source ? source.get(kind.name, id: id) : destination.get(kind.name, id: id)
        var walk = DifferenceWalk(document: document ?? .null)
        var result: [Blame.Line] = []
        for entry in entries where entry.documents.first == id || entry.documents.isEmpty {
            let (paths, isGuess) = walk.paths(of: entry)
            let named = field.map { field in paths.filter { DifferenceWalk.touches($0, field) } } ?? paths
            if field != nil, named.isEmpty, entry.category == "Modified", !entry.differences.isEmpty { continue }
            result.append(
                Blame.Line(
                    side: side,
                    entry: entry,
                    paths: named,
                    operation: await operation(of: entry),
                    isGuess: isGuess && !named.isEmpty
                )
            )
        }
        return result
    }

    private func operation(of entry: HistoryEntry) async -> Sync.Operation? {
        guard let origin = entry.origin, let run = origin.run, let sequence = origin.operation else { return nil }
        return try? await store.operation(sequence, of: run)
    }
}

/// Reads the paths of differences, newest entry first, with names in the place of positions.
///
/// A position means what stands there now as long as no newer entry put something into the list or took it out.
struct DifferenceWalk {
    let document: JSON
    /// Lists that a newer entry has made longer or shorter.
    private var shifted: Set<String> = []

    init(document: JSON) { self.document = document }

    mutating func paths(of entry: HistoryEntry) -> (paths: [String], isGuess: Bool) {
        var result: [String] = []
        var isGuess = false
        var moved: Set<String> = []
        for difference in entry.differences {
            let parts = (difference["path"]?.stringValue ?? "").split(separator: "/").map {
                String($0).replacing("~1", with: "/").replacing("~0", with: "~")
            }
            let (path, lists) = named(parts, difference["value"])
            if !shifted.isDisjoint(with: lists) { isGuess = true }
            if let last = parts.last, last == "-" || Int(last) != nil, difference["op"] != "replace" {
                moved.formUnion(lists)
            }
            if !result.contains(path) { result.append(path) }
        }
        shifted.formUnion(moved)
        return (result, isGuess)
    }

    /// `["Variables", "3", "Value"]` → `Variables/Url/Value`, and the lists on the way.
    private func named(_ parts: [String], _ value: JSON?) -> (String, Set<String>) {
        var names: [String] = []
        var lists: Set<String> = []
        var place: JSON? = document
        for part in parts {
            if case .array(let elements) = place {
                lists.insert(names.joined(separator: "/"))
                let element = Int(part).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
                let added = part == "-" ? value : element
                names.append(added?["Name"]?.stringValue ?? part)
                place = added
            } else {
                names.append(part)
                place = place?[part]
            }
        }
        return (names.joined(separator: "/"), lists)
    }

    /// The path is the field, lies below it, or holds it.
    static func touches(_ path: String, _ field: String) -> Bool {
        let (path, field) = (EntityKey.folded(path), EntityKey.folded(field))
        return path == field || path.hasPrefix(field + "/") || field.hasPrefix(path + "/")
    }
}

extension Blame {
    public var json: JSON {
        [
            "key": key.json, "field": JSON(field), "owner": .string("\(owner.owner)"),
            "ownerRule": .string(owner.rule), "hidden": JSON(hidden.map(\.rawValue)),
            "lines": .array(lines.map(\.json)),
        ]
    }
}

extension Blame.Line {
    public var json: JSON {
        [
            "side": .string(side.rawValue), "at": .string(entry.at.timestamp), "user": .string(entry.user),
            "event": .string(entry.id), "what": .string(entry.category), "message": .string(entry.message),
            "paths": JSON(paths), "guess": .bool(isGuess), "userAgent": .string(entry.userAgent),
            "run": JSON(entry.origin?.run), "plan": JSON(entry.origin?.plan),
            "operation": operation?.json ?? .null,
        ]
    }
}
