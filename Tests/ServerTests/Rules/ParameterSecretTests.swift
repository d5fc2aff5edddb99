import Catalog
import Store
import Testing

@testable import Server

@Suite("Secrets of renamed template parameters")
struct ParameterSecretTests {
    private static func parameter(_ name: String) -> JSON {
        ["Id": "p-1", "Name": .string(name), "DisplaySettings": ["Octopus.ControlType": "Sensitive"]]
    }

    @Test("An action that comes to the version with the new name keeps its secret under it; another parameter does not")
    func carried() async throws {
        try await TestServer.run { server in
            var template = try await server.create(
                "actiontemplates",
                ["Name": "Notify", "ActionType": "Octopus.Script", "Parameters": [Self.parameter("Token")]]
            )
            _ = try await server.createProject("Web", [:])
            let path = "/api/Spaces-1/projects/Projects-1/deploymentprocesses"
            var process = try await server.get(path).json
            process["Steps"] = [
                [
                    "Name": "Tell",
                    "Actions": [
                        [
                            "Name": "Tell", "ActionType": "Octopus.Script",
                            "Properties": [
                                "Octopus.Action.Template.Id": template.member("Id"),
                                "Octopus.Action.Template.Version": "0",
                                "Token": ["HasValue": true, "NewValue": "hush"],
                            ],
                        ]
                    ],
                ]
            ]
            process = try await server.put(path, process).json
            template["Parameters"] = [Self.parameter("Key")]
            let templatePath = "/api/Spaces-1/actiontemplates/\(template["Id"]?.stringValue ?? "")"
            #expect(try await server.put(templatePath, template).status == 200)
            func properties(_ process: JSON) -> JSON? { process["Steps"]?[0]?["Actions"]?[0]?["Properties"] }
            var new = properties(process) ?? [:]
            new["Token"] = nil
            new["Octopus.Action.Template.Version"] = "1"
            new["Key"] = ["HasValue": true, "NewValue": nil]
            new["Stranger"] = ["HasValue": true, "NewValue": nil]
            process["Steps"]?[0]?["Actions"]?[0]?["Properties"] = new
            let answer = try await server.put(path, process)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(properties(answer.json)?["Key"]?["HasValue"] == true)
            #expect(properties(answer.json)?["Stranger"]?["HasValue"] == false)
            let step = answer.json["Steps"]?[0]
            let place = [step?["Id"], step?["Actions"]?[0]?["Id"]].compactMap { $0?.stringValue }
            let secret = try await server.store.read {
                try $0.secret(
                    .deploymentProcesses,
                    "deploymentprocess-Projects-1",
                    path: "Steps/\(place[0])/Actions/\(place[1])/Properties/Key"
                )
            }
            #expect(secret.map { String(decoding: $0, as: UTF8.self) } == "hush")
        }
    }
}
