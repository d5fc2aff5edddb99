import Catalog
import Testing

@Suite("Walks over documents")
struct WalkTests {
    @Test(
        "Every reference of the reference map is found",
        arguments: Found.infrastructure + Found.endpoints + Found.projectOwned + Found.triggers + Found.actionFields
            + Found.actionProperties + Found.variables
    )
    func finds(example: Found) throws {
        let kind = try #require(Catalog.standard[example.kind])
        var targets: [KindName] = []
        var allPaths: [String] = []
        kind.shape.visit(example.body, in: .reading(example.body)) { site in
            guard case .reference(let reference) = site.content else { return }
            allPaths.append(site.pathText)
            guard site.pathText == example.path else { return }
            #expect(reference.targets.contains(example.target))
            targets += reference.targets
            if site.value.stringValue?.isEmpty != true { #expect(!reference.tokens(in: site.value).isEmpty) }
        }
        #expect(!targets.isEmpty, "found only \(allPaths)")
    }

    @Test(
        "What only looks like a reference is none",
        arguments: [
            Found(
                kind: .accounts,
                path: "TenantId",
                target: .external,
                body: ["AccountType": "AzureOidc", "TenantId": "7f0e", "ClientId": "7f0f", "SubscriptionNumber": "1"]
            ),
            Found(
                kind: .feeds,
                path: "OidcAuthentication",
                target: .external,
                body: [
                    "FeedType": "AzureContainerRegistry", "OidcAuthentication": ["TenantId": "7f", "ClientId": "7e"],
                ]
            ),
            Found(
                kind: .machines,
                path: "Endpoint",
                target: .external,
                body: Found.endpoint("AzureServiceFabricCluster", ["ClientCertVariable": "Certificates-1"])
            ),
            Found(
                kind: .machines,
                path: "Endpoint",
                target: .external,
                body: Found.endpoint("TentacleActive", ["Thumbprint": "A"])
            ),
            Found(kind: .tenants, path: "Icon", target: .external, body: ["Icon": ["Id": "octopus"]]),
            Found(
                kind: .environments,
                path: "",
                target: .external,
                body: ["ExtensionSettings": [["ExtensionId": "jira"]]]
            ),
            Found(kind: .teams, path: "", target: .external, body: ["ExternalSecurityGroups": [["Id": "S-1-5"]]]),
            Found(
                kind: .deploymentProcesses,
                path: "",
                target: .external,
                body: Found.property("Octopus.Action.Script.ScriptBody", "echo Projects-1")
            ),
            Found(
                kind: .deploymentProcesses,
                path: "",
                target: .external,
                body: Found.property("Octopus.Action.AwsAccount.Variable", "Accounts-1")
            ),
            Found(kind: .variableSets, path: "", target: .external, body: Found.variable("String", "Accounts-1")),
        ]
    )
    func lookAlikes(example: Found) throws {
        let kind = try #require(Catalog.standard[example.kind])
        kind.shape.visit(example.body) { site in
            if case .reference = site.content { Issue.record("\(site.pathText) is taken for a reference") }
        }
    }

    @Test("Rewriting replaces ids at any depth and in keys, and keeps all else as it is")
    func rewrites() throws {
        let kind = try #require(Catalog.standard[.tenants])
        let body: JSON = ["Name": "P-1", "Odd": "P-1", "ProjectEnvironments": ["P-1": ["E-1"], "P-2": ["E-2"]]]
        let changed = kind.shape.rewriting(body) { site in
            guard case .reference(let reference) = site.content else { return site.value }
            return reference.replacingTokens(in: site.value) { $0 == "P-2" ? nil : $0.replacing("-1", with: "-9") }
        }
        #expect(changed == ["Name": "P-1", "Odd": "P-1", "ProjectEnvironments": ["P-9": ["E-9"]]])
    }

    @Test("Parameters of a step template say what the properties named like them are")
    func controlTypes() throws {
        let kind = try #require(Catalog.standard[.deploymentProcesses])
        let body = Found.action(
            "Properties",
            ["Octopus.Action.Template.Id": "ActionTemplates-1", "Cloud": "Accounts-1", "Password": ["HasValue": true]]
        )
        let context = SiteContext(controlTypes: { $0 == "ActionTemplates-1" ? ["Cloud": "AzureAccount"] : [:] })
        var found: [String: String] = [:]
        kind.shape.visit(body, in: context) { site in
            switch site.content {
            case .reference(let reference): found[site.path.last ?? ""] = reference.targets[0].rawValue
            case .secret: found[site.path.last ?? ""] = "secret"
            default: break
            }
        }
        #expect(found["Cloud"] == "accounts")
        #expect(found["Password"] == "secret")
        #expect(found["Octopus.Action.Template.Id"] == "actiontemplates")
    }

    @Test("A sensitive variable's value is a secret, that of any other a text")
    func variableValues() throws {
        let kind = try #require(Catalog.standard[.variableSets])
        var contents: [String] = []
        for type in ["Sensitive", "String"] {
            kind.shape.visit(Found.variable(type, "x")) { site in
                guard site.pathText == "Variables/v/Value" else { return }
                if case .secretText = site.content { contents.append("secret") }
                if case .text = site.content { contents.append("text") }
            }
        }
        #expect(contents == ["secret", "text"])
    }
}
