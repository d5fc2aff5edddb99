import Catalog
import Testing

/// Documents that each hold one reference of the reference map (section 27 of the REST contract).
struct Found: Sendable, CustomTestStringConvertible {
    var kind: KindName
    var path: String
    var target: KindName
    var body: JSON
    var testDescription: String { "\(kind) \(path)" }
}

/// Samples for `Found`, made from what differs between them.
extension Found {
    static func step(_ action: JSON) -> JSON {
        ["Steps": [["Id": "s", "Name": "S", "Actions": [action]]]]
    }
    static func action(_ field: String, _ value: JSON, type: String = "Octopus.Script") -> JSON {
        var action: JSON = ["Id": "a", "Name": "A", "ActionType": .string(type)]
        action[field] = value
        return step(action)
    }
    static func property(_ key: String, _ value: String, type: String = "Octopus.Script") -> JSON {
        action("Properties", .object([key: .string(value)]), type: type)
    }
    static func endpoint(_ style: String, _ members: JSONObject) -> JSON {
        ["Endpoint": .object(JSONObject([("CommunicationStyle", .string(style))] + members.map { ($0.key, $0.value) }))]
    }
    static func kubernetes(_ type: String, _ member: String, _ id: String) -> JSON {
        endpoint("Kubernetes", ["Authentication": ["AuthenticationType": .string(type), member: .string(id)]])
    }
    static func trigger(_ part: String, _ discriminator: String, _ value: String, _ members: JSON) -> JSON {
        var object = members
        object[discriminator] = .string(value)
        return .object([part: object])
    }
    static func parameter(_ control: String, _ value: String) -> JSON {
        [
            [
                "Id": "p", "Name": "n", "DefaultValue": .string(value),
                "DisplaySettings": ["Octopus.ControlType": .string(control)],
            ]
        ]
    }
    static func variable(_ type: String, _ value: String) -> JSON {
        ["Variables": [["Id": "v", "Name": "n", "Type": .string(type), "Value": .string(value)]]]
    }
    static func scope(_ key: String, _ value: String) -> JSON {
        ["Variables": [["Id": "v", "Name": "n", "Type": "String", "Scope": .object([key: [.string(value)]])]]]
    }
}
