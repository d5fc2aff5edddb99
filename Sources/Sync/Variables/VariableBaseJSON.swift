public import Catalog

/// A stored base that cannot be read. It must not be guessed at: what it forgets would be written again.
public struct VariableBaseError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the base, such as `links[3].source.value`.
    public var path: String
    public var expected: String

    public var description: String {
        "the stored base of a variable set is damaged: \(path) should be \(expected); restore the state or adopt anew"
    }
}

extension VariableBase {
    public var json: JSON {
        [
            "adopting": .bool(isAdopting), "links": .array(links.map(\.json)),
            "declined": .array(declined.map(\.json)),
        ]
    }

    /// Reads what `json` writes.
    public init(json: JSON) throws(VariableBaseError) {
        let reader = BaseReader(json: json)
        isAdopting = try reader.bool("adopting")
        links = []
        for reader in try reader.list("links") { links.append(try VariableLink(reader)) }
        declined = []
        for reader in try reader.list("declined") { declined.append(try DeclinedValue(reader)) }
    }
}

extension VariableLink {
    fileprivate var json: JSON {
        [
            "source": .string(sourceID), "destination": .string(destinationID), "origin": .string(origin.rawValue),
            "frozen": .bool(isFrozen), "mappedScope": mappedScope.json, "sourceFields": source.json,
            "destinationFields": destination.json,
        ]
    }

    fileprivate init(_ reader: BaseReader) throws(VariableBaseError) {
        sourceID = try reader.text("source")
        destinationID = try reader.text("destination")
        source = try VariableFields(try reader.member("sourceFields"))
        mappedScope = try reader.scope("mappedScope")
        destination = try VariableFields(try reader.member("destinationFields"))
        guard let origin = LinkOrigin(rawValue: try reader.text("origin")) else {
            throw reader.error("origin", "a known origin")
        }
        self.origin = origin
        isFrozen = try reader.bool("frozen")
    }
}

extension VariableFields {
    fileprivate var json: JSON {
        [
            "name": .string(name), "type": .string(type), "value": value.json, "scope": scope.json,
            "description": description.json, "prompt": prompt.json,
        ]
    }

    fileprivate init(_ reader: BaseReader) throws(VariableBaseError) {
        self.init(
            name: try reader.text("name"),
            type: try reader.text("type"),
            value: try reader.stamp("value"),
            scope: try reader.scope("scope"),
            description: try reader.stamp("description"),
            prompt: try reader.stamp("prompt")
        )
    }
}

extension DeclinedValue {
    fileprivate var json: JSON {
        [
            "source": .string(sourceID), "reason": .string(reason.rawValue), "fingerprint": .string(fingerprint),
            "policy": .string(policyDigest), "availability": .string(availabilityDigest),
        ]
    }

    fileprivate init(_ reader: BaseReader) throws(VariableBaseError) {
        sourceID = try reader.text("source")
        guard let reason = VariableReason(rawValue: try reader.text("reason")) else {
            throw reader.error("reason", "a known reason")
        }
        self.reason = reason
        fingerprint = try reader.text("fingerprint")
        policyDigest = try reader.text("policy")
        availabilityDigest = try reader.text("availability")
    }
}

extension ValueStamp {
    /// An object each, so that no text of a value can be mistaken for a digest.
    fileprivate var json: JSON {
        switch self {
        case .none: .null
        case .text(let value): ["text": value]
        case .digest(let digest): ["sha256": .string(digest)]
        }
    }
}

/// A part of a stored base, with the path that leads to it.
private struct BaseReader {
    let json: JSON
    /// Put together only when there is something wrong: a base has thousands of links.
    var list = ""
    var index: Int?
    var part = ""

    private var path: String {
        [list + (index.map { "[\($0)]" } ?? ""), part].filter { !$0.isEmpty }.joined(separator: ".")
    }

    func error(_ key: String, _ expected: String) -> VariableBaseError {
        VariableBaseError(path: path.isEmpty ? key : "\(path).\(key)", expected: expected)
    }

    /// A part of an element; parts have no parts of their own.
    func member(_ key: String) throws(VariableBaseError) -> BaseReader {
        guard let value = json[key] else { throw error(key, "present") }
        return BaseReader(json: value, list: list, index: index, part: key)
    }

    func text(_ key: String) throws(VariableBaseError) -> String {
        guard let text = json[key]?.stringValue else { throw error(key, "a string") }
        return text
    }

    func bool(_ key: String) throws(VariableBaseError) -> Bool {
        guard let value = json[key]?.boolValue else { throw error(key, "true or false") }
        return value
    }

    func list(_ key: String) throws(VariableBaseError) -> [BaseReader] {
        guard let values = json[key]?.arrayValue else { throw error(key, "a list") }
        return values.enumerated().map { BaseReader(json: $1, list: key, index: $0) }
    }

    func scope(_ key: String) throws(VariableBaseError) -> VariableScope {
        guard let value = json[key], let scope = VariableScope(json: value) else { throw error(key, "a scope") }
        return scope
    }

    func stamp(_ key: String) throws(VariableBaseError) -> ValueStamp {
        guard let value = json[key] else { throw error(key, "present") }
        if value.isNull { return .none }
        if let text = value["text"] { return .text(text) }
        if let digest = value["sha256"]?.stringValue { return .digest(digest) }
        throw error(key, "a text or a digest")
    }
}
