public import Catalog
import Foundation

/// What an entity is called on every replica: its kind and its names from the outermost owner inwards.
///
/// Ids differ between replicas; keys are what references become in normal form.
///
/// | kind | path |
/// |---|---|
/// | environment, feed, tenant, project, … | `[name]` |
/// | channel, runbook, trigger | `[project, name]` |
/// | deployment process, deployment settings | `[project]` |
/// | runbook process | `[project, runbook]` |
/// | variable set | `["projects" or "libraryvariablesets" or "scriptmodules", owner's name]` |
/// | logo | `["projects", "tenants" or "actiontemplates", owner's name]` |
/// | tenant variables | `[tenant]` |
/// | tag (part of a tag set) | `[set, tag]` |
/// | action (part of a process) | `["projects", project, step, action]`, `["runbooks", project, runbook, step, action]` |
/// | template parameter | `[kind of the owner, owner's name, parameter]` |
/// | scoped user role | `[team, role, scopes as text]` |
///
/// A built-in has a symbolic path that does not depend on its display name: `["@builtin"]` for the built-in feed.
public struct EntityKey: Sendable, Hashable, Comparable {
    /// Keys are copied and looked up far more often than they are made: one reference, hashed once.
    private final class Storage: Sendable {
        let kind: KindName
        let path: [String]
        let foldedPath: [String]
        let hash: Int

        init(_ kind: KindName, _ path: [String], _ foldedPath: [String]) {
            self.kind = kind
            self.path = path
            self.foldedPath = foldedPath
            var hasher = Hasher()
            hasher.combine(kind)
            hasher.combine(foldedPath)
            hash = hasher.finalize()
        }
    }

    private let storage: Storage

    public var kind: KindName { storage.kind }
    /// Names as people write them. Two keys are equal when they are equal folded.
    public var path: [String] { storage.path }
    public var foldedPath: [String] { storage.foldedPath }

    public init(_ kind: KindName, _ path: [String]) {
        self.init(kind, path, foldedPath: path.map(EntityKey.folded))
    }

    /// - Parameter foldedPath: the names of `path`, each folded already.
    init(_ kind: KindName, _ path: [String], foldedPath: [String]) {
        storage = Storage(kind, path, foldedPath)
    }

    public init(_ kind: KindName, _ path: String...) { self.init(kind, path) }

    /// How names are compared: Unicode NFC, trimmed, without case.
    public static func folded(_ name: String) -> String {
        let trimmed = trimmed(name)
        if trimmed.utf8.allSatisfy({ $0 < 0x80 }) { return trimmed.lowercased() }
        // Lowercasing can leave NFC; composing last keeps equal names equal.
        return trimmed.lowercased().precomposedStringWithCanonicalMapping
    }

    static func trimmed(_ name: String) -> String {
        // Nearly all names begin and end with a printable ASCII character.
        let plain: ClosedRange<UInt8> = 0x21...0x7E
        if let first = name.utf8.first, let last = name.utf8.last, plain ~= first, plain ~= last { return name }
        guard let first = name.first, first.isWhitespace || name.last!.isWhitespace else { return name }
        return String(name.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// The entity's own name, the last of its path.
    public var name: String { path.last ?? "" }

    public static func == (left: Self, right: Self) -> Bool {
        if left.storage === right.storage { return true }
        return left.storage.hash == right.storage.hash && left.kind == right.kind
            && left.foldedPath == right.foldedPath
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(storage.hash) }

    /// Equal, and written with the same bytes.
    func isWritten(like other: EntityKey) -> Bool {
        if storage === other.storage { return true }
        return kind == other.kind && path.count == other.path.count
            && zip(path, other.path).allSatisfy { $0.hasSameBytes(as: $1) }
    }

    public static func < (left: Self, right: Self) -> Bool {
        if left.kind != right.kind { return left.kind < right.kind }
        return left.foldedPath.lexicographicallyPrecedes(right.foldedPath)
    }
}

extension EntityKey: CustomStringConvertible {
    /// `projects/OctoFX`, `channels/OctoFX/Default`
    public var description: String { ([kind.rawValue] + path).joined(separator: "/") }
}

extension KindName {
    /// Library variable sets whose content is a script. The API keeps them with the other sets; sync keeps them apart
    /// because a module and a set may share a name.
    public static let scriptModules: KindName = "scriptmodules"
}

extension EntityKey {
    /// In plans and state: `{"kind": …, "path": […]}`.
    public var json: JSON { ["kind": .string(kind.rawValue), "path": JSON(path)] }

    public init?(json: JSON) {
        guard let kind = json["kind"]?.stringValue, let path = json["path"]?.arrayValue else { return nil }
        self.init(KindName(kind), path.compactMap(\.stringValue))
    }
}
