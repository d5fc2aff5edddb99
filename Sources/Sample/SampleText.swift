import Catalog
internal import Yams

/// The sample's YAML as JSON values.
enum SampleText {
    static func parse(_ text: String) throws -> JSON {
        guard let node = try Yams.compose(yaml: text) else { return [:] }
        return json(node)
    }

    private static func json(_ node: Node) -> JSON {
        if let mapping = node.mapping {
            return .object(JSONObject(mapping.map { ($0.key.string ?? "", json($0.value)) }))
        }
        if let sequence = node.sequence { return .array(sequence.map(json)) }
        guard let scalar = node.scalar else { return nil }
        guard scalar.style == .plain else { return .string(scalar.string) }
        if let flag = node.bool { return .bool(flag) }
        if let number = node.int { return .int(number) }
        return node.null == nil ? .string(scalar.string) : nil
    }
}
