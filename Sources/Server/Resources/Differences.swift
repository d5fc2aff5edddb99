import Catalog

/// What a write changed, as operations of JSON Patch: the audit shows it, and a person can see who changed what.
///
/// Bodies hold no secrets, so neither does this. A changed secret shows only when there was none before.
struct Differences {
    /// An event is no copy of the document: with more than this it says only that there were changes.
    static let mostBytes = 32 << 10

    /// Members that every write changes, or that follow from the rest.
    private static let unmentioned: Set<String> = ["Links", "LastModifiedOn", "LastModifiedBy", "Version"]

    private var operations: [JSON] = []

    /// The operations that make `new` of `old`.
    static func between(_ old: JSON, _ new: JSON) -> [JSON] {
        var differences = Differences()
        differences.compare(old.withoutMembers(unmentioned), new.withoutMembers(unmentioned), at: "")
        return differences.operations
    }

    /// The `ChangeDetails` of an event.
    static func details(_ old: JSON, _ new: JSON) -> [UInt8] {
        let list = JSON.array(between(old, new))
        let tooMuch = list.bytes.count > mostBytes
        return (["Differences": tooMuch ? .null : list, "DocumentContext": nil] as JSON).bytes
    }

    private mutating func compare(_ old: JSON, _ new: JSON, at path: String) {
        guard old != new else { return }
        switch (old, new) {
        case (.object(let before), .object(let after)):
            for (name, value) in before {
                let place = "\(path)/\(Self.escaped(name))"
                if let now = after[name] {
                    compare(value, now, at: place)
                } else {
                    operations.append(["op": "remove", "path": .string(place)])
                }
            }
            for (name, value) in after where before[name] == nil {
                operations.append(["op": "add", "path": .string("\(path)/\(Self.escaped(name))"), "value": value])
            }
        case (.array(let before), .array(let after)):
            for (position, pair) in zip(before, after).enumerated() {
                compare(pair.0, pair.1, at: "\(path)/\(position)")
            }
            for position in stride(from: before.count - 1, through: after.count, by: -1) {
                operations.append(["op": "remove", "path": .string("\(path)/\(position)")])
            }
            for value in after.dropFirst(before.count) {
                operations.append(["op": "add", "path": .string("\(path)/-"), "value": value])
            }
        default: operations.append(["op": "replace", "path": .string(path), "value": new])
        }
    }

    private static func escaped(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        return name.reduce(into: "") { result, character in
            switch character {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.append(character)
            }
        }
    }
}

extension JSON {
    fileprivate func withoutMembers(_ names: Set<String>) -> JSON {
        guard case .object(let object) = self else { return self }
        return .object(JSONObject(object.filter { !names.contains($0.key) }.map { ($0.key, $0.value) }))
    }
}
