/// Translates documents between the newest form of the API, which everything here works with, and the form of one
/// server's release.
public struct SchemaAdapter: Sendable {
    private let changes: [KindName: [SchemaChange]]

    /// - Parameter version: what the server says it is; one that is no release is taken to be the newest.
    public init(version: String, changes: [SchemaChange] = SchemaChange.known) {
        guard let release = APIRelease(version) else {
            self.changes = [:]
            return
        }
        self.changes = Dictionary(grouping: changes.filter { $0.since > release }, by: \.kind)
    }

    /// No document of the kind looks otherwise on this server.
    public func isIdentity(for kind: KindName) -> Bool { changes[kind] == nil }

    /// As the newest release would have sent it.
    public func reading(_ document: JSON, kind: KindName) -> JSON {
        apply(document, kind) { object, change in
            switch change {
            case .added(let field, let standard):
                if object[field] == nil { object[field] = standard }
            case .dropped(let field, _): object[field] = nil
            case .renamed(let old, let new):
                if let value = object[old] {
                    object[new] = value
                    object[old] = nil
                }
            case .word: break
            }
        }
    }

    /// As this server takes it.
    public func writing(_ document: JSON, kind: KindName) -> JSON {
        apply(document, kind, backwards: true) { object, change in
            switch change {
            case .added(let field, _): object[field] = nil
            case .dropped(let field, let filling):
                if object[field] == nil { object[field] = filling }
            case .renamed(let old, let new):
                if let value = object[new] {
                    object[old] = value
                    object[new] = nil
                }
            case .word(let field, let value, let before):
                if let before, object[field] == .string(value) { object[field] = .string(before) }
            }
        }
    }

    /// What of a document this server cannot hold.
    public struct Loss: Sendable, Hashable {
        public var path: String
        /// The first release that can.
        public var since: APIRelease
        /// The value that has no counterpart; nil for a field that is left out.
        public var word: String?
    }

    /// A document as this server can hold it at all, in the newest form: what is lost is lost before anything is
    /// compared, so that it is not offered again and again.
    ///
    /// Words without a counterpart stay: to send them is refused.
    public func limited(_ document: JSON, kind: KindName) -> (document: JSON, losses: [Loss]) {
        var losses: [Loss] = []
        let limited = visit(document, kind) { object, change, path in
            switch change.change {
            case .added(let field, let standard):
                guard let value = object[field], value != standard, !isWordWithoutCounterpart(value, field, change)
                else {
                    return
                }
                if !value.isNull {
                    losses.append(Loss(path: (path + [field]).joined(separator: "/"), since: change.since))
                }
                object[field] = standard
            case .word(let field, let value, let before):
                if object[field] == .string(value), let before { object[field] = .string(before) }
            case .dropped, .renamed: break
            }
        }
        return (limited, losses)
    }

    /// The values in a document for which this server has no word.
    public func unknownWords(in document: JSON, kind: KindName) -> [Loss] {
        var losses: [Loss] = []
        _ = visit(document, kind) { object, change, path in
            guard case .word(let field, let value, nil) = change.change, object[field] == .string(value) else { return }
            losses.append(Loss(path: (path + [field]).joined(separator: "/"), since: change.since, word: value))
        }
        return losses
    }

    /// To leave it out would silently mean something else.
    private func isWordWithoutCounterpart(_ value: JSON, _ field: String, _ change: SchemaChange) -> Bool {
        (changes[change.kind] ?? []).contains { other in
            guard case .word(field, let word, nil) = other.change else { return false }
            return other.path == change.path && value == .string(word)
        }
    }

    // MARK: - Walking

    private func apply(
        _ document: JSON,
        _ kind: KindName,
        backwards: Bool = false,
        _ body: (inout JSONObject, SchemaChange.Change) -> Void
    ) -> JSON {
        guard let changes = changes[kind] else { return document }
        // Oldest servers are furthest away: on the way to them the newest change is undone first.
        let sorted = changes.enumerated().sorted { left, right in
            left.element.since == right.element.since
                ? left.offset < right.offset : left.element.since < right.element.since
        }.map(\.element)
        var result = document
        for change in backwards ? sorted.reversed() : sorted {
            result = Self.walk(result, change.path[...], []) { object, _ in body(&object, change.change) }
        }
        return result
    }

    private func visit(
        _ document: JSON,
        _ kind: KindName,
        _ body: (inout JSONObject, SchemaChange, [String]) -> Void
    ) -> JSON {
        var result = document
        for change in changes[kind] ?? [] {
            result = Self.walk(result, change.path[...], []) { object, path in
                body(&object, change, path)
            }
        }
        return result
    }

    private static func walk(
        _ value: JSON,
        _ path: ArraySlice<String>,
        _ way: [String],
        _ body: (inout JSONObject, [String]) -> Void
    ) -> JSON {
        guard let step = path.first else {
            guard case .object(var object) = value else { return value }
            body(&object, way)
            return .object(object)
        }
        let rest = path.dropFirst()
        switch value {
        case .array(let elements) where step == "*":
            return .array(
                elements.enumerated().map { position, element in
                    walk(element, rest, way + [element["Name"]?.stringValue ?? String(position)], body)
                }
            )
        case .object(let object) where step == "*":
            return .object(JSONObject(object.map { ($0.key, walk($0.value, rest, way + [$0.key], body)) }))
        case .object(var object):
            guard let member = object[step] else { return value }
            object[step] = walk(member, rest, way + [step], body)
            return .object(object)
        default: return value
        }
    }
}
