import Catalog
import Testing

@testable import Sync

/// A space as a server sends it, small enough to read.
enum SampleSpace {
    static func documents(environmentIDs: (String, String) = ("Environments-1", "Environments-2")) -> [KindName: [JSON]]
    {
        let (staging, production) = environmentIDs
        return [
            .environments: [
                ["Id": .string(staging), "Name": "Staging", "SortOrder": 0],
                ["Id": .string(production), "Name": "Production", "SortOrder": 1],
            ],
            .tagSets: [
                [
                    "Id": "TagSets-1", "Name": "Region",
                    "Tags": [
                        ["Id": "TagSets-1/Tags-1", "Name": "EU", "CanonicalTagName": "Region/EU", "Color": "#000000"]
                    ],
                ]
            ],
            .feeds: [
                ["Id": "feeds-builtin", "Name": "Octopus Server (built-in)", "FeedType": "BuiltIn"],
                ["Id": "Feeds-4", "Name": "Images", "FeedType": "Docker", "FeedUri": "https://images.example"],
            ],
            .accounts: [
                [
                    "Id": "Accounts-1", "Name": "Cloud", "AccountType": "AmazonWebServicesAccount", "AccessKey": "AK",
                    "SecretKey": ["HasValue": true, "NewValue": nil, "Hint": nil],
                ]
            ],
            .stepTemplates: [
                [
                    "Id": "ActionTemplates-3", "Name": "Warm up", "ActionType": "Octopus.Script", "Version": 2,
                    "Parameters": [
                        [
                            "Id": "p-1", "Name": "Warmup.Account",
                            "DisplaySettings": ["Octopus.ControlType": "AmazonWebServicesAccount"],
                        ]
                    ],
                ]
            ],
            .projects: [
                ["Id": "Projects-7", "Name": "Web", "ProjectGroupId": "ProjectGroups-9", "LifecycleId": "Lifecycles-1"]
            ],
            .channels: [["Id": "Channels-5", "Name": "Default", "ProjectId": "Projects-7", "IsDefault": true]],
            .deploymentProcesses: [process(staging: staging)],
            .variableSets: [variables(production: production)],
        ]
    }

    static func process(staging: String) -> JSON {
        [
            "Id": "deploymentprocess-Projects-7", "ProjectId": "Projects-7", "Version": 4,
            "Steps": [
                [
                    "Id": "s-1", "Name": "Deploy", "Properties": ["Octopus.Action.TargetRoles": "web"],
                    "Actions": [
                        [
                            "Id": "a-1", "Name": "Deploy", "ActionType": "Octopus.Script",
                            "Environments": [.string(staging)], "Channels": ["Channels-5"], "TenantTags": ["Region/EU"],
                            "Properties": [
                                "Octopus.Action.RunOnServer": "TRUE", "Octopus.Action.Template.Id": "ActionTemplates-3",
                                "Octopus.Action.Template.Version": "2", "Warmup.Account": "Accounts-1",
                                "Octopus.Action.Package.FeedId": "Feeds-1283",
                                "Secret.Thing": ["HasValue": true, "NewValue": nil],
                            ],
                            "Packages": [
                                ["Id": "k-1", "Name": "", "PackageId": "Web", "FeedId": "feeds-builtin"]
                            ],
                        ]
                    ],
                ]
            ],
        ]
    }

    static func variables(production: String) -> JSON {
        [
            "Id": "variableset-Projects-7", "OwnerId": "Projects-7", "Version": 3,
            "Variables": [
                [
                    "Id": "v-1", "Name": "Host", "Value": "www", "Type": "String",
                    "Scope": ["Environment": [.string(production)], "Action": ["a-1"]],
                ],
                ["Id": "v-2", "Name": "Key", "Value": nil, "Type": "Sensitive", "IsSensitive": true, "Scope": [:]],
                [
                    "Id": "v-3", "Name": "Account", "Value": "Accounts-1", "Type": "AmazonWebServicesAccount",
                    "Scope": [:],
                ],
            ],
        ]
    }

    static func replica(_ documents: [KindName: [JSON]]? = nil) -> Replica {
        ReplicaBuilder.build(
            identity: ReplicaIdentity(
                url: "http://one",
                spaceID: "Spaces-1",
                spaceName: "Default",
                serverVersion: "2026.1.0",
                installationID: "one"
            ),
            documents: documents ?? self.documents(),
            catalog: .standard
        )
    }
}

@Suite("Normal form")
struct NormalFormTests {
    let replica = SampleSpace.replica()

    private func entity(_ key: EntityKey) throws -> Entity { try #require(replica[key]) }

    private func action() throws -> JSON {
        let process = try entity(EntityKey(.deploymentProcesses, "Web")).body
        return try #require(process["Steps"]?[0]?["Actions"]?[0])
    }

    @Test("a tenant that was connected to one more project, without a value for it, has the same variables as before")
    func tenantConnected() throws {
        func fingerprint(_ further: JSON) throws -> String {
            var projects: JSON = [
                "Projects-1": [
                    "Templates": [["Id": "t-1", "Name": "Host"]],
                    "Variables": ["Environments-1": ["t-1": "gull.example"], "Environments-2": [:]],
                ]
            ]
            if !further.isNull { projects["Projects-2"] = further }
            let document: JSON = [
                "TenantId": "Tenants-1", "ProjectVariables": projects,
                "LibraryVariables": ["LibraryVariableSets-1": ["Templates": [], "Variables": [:]]],
            ]
            var documents = SampleSpace.documents()
            documents[.tenants] = [["Id": "Tenants-1", "Name": "Gull"]]
            documents[.projects] = [["Id": "Projects-1", "Name": "Web"], ["Id": "Projects-2", "Name": "Rates"]]
            let normalizer = DocumentNormalizer(documents, catalog: .standard)
            let body = try #require(normalizer.entity(document, kind: .tenantVariables)?.body)
            #expect(
                body == [
                    "ProjectVariables": ["Web": ["Staging": ["Host": "gull.example"]]], "LibraryVariables": [:],
                ]
            )
            return Fingerprint.hash(body: body)
        }
        let connected: JSON = ["Templates": [["Id": "t-2", "Name": "Port"]], "Variables": ["Environments-1": [:]]]
        #expect(try fingerprint(.null) == fingerprint(connected))
    }

    @Test("S-65 to S-68: ids become the keys of what they name, and ids of parts disappear")
    func references() throws {
        let action = try action()
        #expect(action["Environments"] == [NormalReference.resolved(EntityKey(.environments, "Staging")).json])
        #expect(action["Channels"] == [NormalReference.resolved(EntityKey(.channels, "Web", "Default")).json])
        #expect(action["TenantTags"] == [NormalReference.resolved(EntityKey(.tags, "Region", "EU")).json])
        #expect(action["Packages"]?[0]?["FeedId"] == NormalReference.resolved(EntityKey(.feeds, "@builtin")).json)
        #expect(action["Id"] == nil)
        #expect(action["Packages"]?[0]?["Id"] == nil)
    }

    @Test("references inside properties are found by key, and by the control type of a template's parameter")
    func properties() throws {
        let properties = try action()["Properties"]
        #expect(
            properties?["Octopus.Action.Template.Id"]
                == NormalReference.resolved(EntityKey(.stepTemplates, "Warm up")).json
        )
        #expect(properties?["Warmup.Account"] == NormalReference.resolved(EntityKey(.accounts, "Cloud")).json)
    }

    @Test("an id that names nothing stays visible as unresolved")
    func dangling() throws {
        let feed = try action()["Properties"]?["Octopus.Action.Package.FeedId"]
        #expect(feed == NormalReference.unresolved(kind: .feeds, token: "Feeds-1283").json)
    }

    @Test("a secret is only its existence, and a boolean property has one spelling")
    func secretsAndBooleans() throws {
        let properties = try action()["Properties"]
        #expect(properties?["Secret.Thing"] == NormalSecret.json(hasValue: true))
        #expect(properties?["Octopus.Action.RunOnServer"] == "True")
        let account = try entity(EntityKey(.accounts, "Cloud"))
        #expect(account.body["SecretKey"] == NormalSecret.json(hasValue: true))
    }

    @Test("a secret in a field that nobody describes is only its existence, there and back")
    func unknownSecrets() throws {
        func account(_ hasValue: Bool) -> JSON {
            [
                "Id": "Accounts-1", "Name": "Cloud", "AccountType": "Token", "Token": FieldType.noSecret,
                "Newer": ["Key": ["HasValue": .bool(hasValue), "NewValue": nil, "Hint": nil], "Size": 3],
            ]
        }
        let replica = SampleSpace.replica([.accounts: [account(true)]])
        let body = try #require(replica[EntityKey(.accounts, "Cloud")]).body
        #expect(body["Newer"]?["Key"] == NormalSecret.json(hasValue: true))
        let kind = try #require(Catalog.standard[.accounts])
        let rendered = try Renderer { _ in nil }.document(body, kind: kind, onto: account(false))
        #expect(rendered["Newer"] == account(false)["Newer"])
    }

    @Test("variables keep their order; scopes name environments and actions; ids stand apart")
    func variables() throws {
        let set = try entity(EntityKey(.variableSets, "projects", "Web"))
        #expect(set.rowIDs == ["v-1", "v-2", "v-3"])
        let scope = set.body["Variables"]?[0]?["Scope"]
        #expect(scope?["Environment"] == [NormalReference.resolved(EntityKey(.environments, "Production")).json])
        let deploy = EntityKey(.actions, "projects", "Web", "Deploy", "Deploy")
        #expect(scope?["Action"] == [NormalReference.resolved(deploy).json])
        #expect(set.body["Variables"]?[1]?["Value"] == NormalSecret.json(hasValue: false))
        #expect(set.body["Variables"]?[2]?["Value"] == NormalReference.resolved(EntityKey(.accounts, "Cloud")).json)
    }

    @Test("S-31, S-65: the same space under other ids has the same normal form")
    func idsDoNotMatter() throws {
        let other = SampleSpace.replica(SampleSpace.documents(environmentIDs: ("Environments-71", "Environments-70")))
        for (key, entity) in replica.entities {
            let twin = try #require(other[key])
            #expect(Fingerprint.hash(body: twin.body) == Fingerprint.hash(body: entity.body), "\(key)")
        }
    }

    @Test("E-16: an archived certificate is not seen beside a live one of its name")
    func archivedCertificate() throws {
        var documents = SampleSpace.documents()
        documents[.certificates] = [
            ["Id": "Certificates-1", "Name": "Wildcard", "Archived": "2024-01-01T00:00:00.000+00:00"],
            ["Id": "Certificates-2", "Name": "Wildcard", "Archived": nil],
        ]
        let replica = SampleSpace.replica(documents)
        #expect(replica.entities(of: .certificates).map(\.id) == ["Certificates-2"])
        #expect(replica.ambiguous.isEmpty)
    }

    @Test("E-18, E-78: slugs and published snapshots are each server's own")
    func derived() throws {
        var documents = SampleSpace.documents()
        documents[.projects]?[0]["Slug"] = "web-1"
        documents[.runbooks] = [
            [
                "Id": "Runbooks-1", "ProjectId": "Projects-7", "Name": "Clean", "Slug": "clean",
                "PublishedRunbookSnapshotId": "RunbookSnapshots-9",
            ]
        ]
        let replica = SampleSpace.replica(documents)
        #expect(replica[EntityKey(.projects, "Web")]?.body == self.replica[EntityKey(.projects, "Web")]?.body)
        let runbook = replica[EntityKey(.runbooks, "Web", "Clean")]
        #expect(runbook?.body["PublishedRunbookSnapshotId"] == nil)
        #expect(runbook?.body["Slug"] == nil)
    }

    @Test("ids of steps, actions, tags and parameters stand apart, in the order of the document")
    func partIDs() throws {
        let process = try entity(EntityKey(.deploymentProcesses, "Web"))
        #expect(process.partIDs == ["s-1", "a-1", "k-1"])
        let ids = Parts.ids(process.partIDs, of: process.body, Catalog.standard[.deploymentProcesses]!.shape)
        #expect(ids[["steps", "deploy", "actions", "deploy"]] == "a-1")
        #expect(try entity(EntityKey(.tagSets, "Region")).partIDs == ["TagSets-1/Tags-1"])
    }

    @Test("S-31: an absent field equals its default")
    func defaults() throws {
        var documents = SampleSpace.documents()
        documents[.environments] = [
            [
                "Id": "Environments-1", "Name": "Staging", "SortOrder": 0, "Description": "", "UseGuidedFailure": false,
                "AllowDynamicInfrastructure": false, "EnvironmentTags": [], "ExtensionSettings": [],
                "LastModifiedBy": "someone", "Links": ["Self": "/api"],
            ],
            ["Id": "Environments-2", "Name": "Production", "SortOrder": 1],
        ]
        let other = SampleSpace.replica(documents)
        let key = EntityKey(.environments, "Staging")
        #expect(other[key]?.body == replica[key]?.body)
    }

    @Test("names that differ in case, blanks or Unicode composition are one key", arguments: ["web", " Web ", "WEB"])
    func folding(name: String) {
        #expect(replica[EntityKey(.projects, name)] != nil)
        #expect(EntityKey(.projects, "Cafe\u{301}") == EntityKey(.projects, "Caf\u{E9}"))
    }

    @Test("two documents of one key are reported as ambiguous")
    func ambiguous() {
        var documents = SampleSpace.documents()
        documents[.environments]?.append(["Id": "Environments-3", "Name": "staging"])
        let replica = SampleSpace.replica(documents)
        #expect(replica.ambiguous[EntityKey(.environments, "Staging")]?.count == 2)
    }
}

@Suite("Rendering normal form for a server")
struct RendererTests {
    let source = SampleSpace.replica()
    let documents = SampleSpace.documents(environmentIDs: ("Environments-71", "Environments-70"))

    private func renderer(_ replica: Replica) -> Renderer {
        let ids = Dictionary(replica.keysByID.map { ($1, $0) }) { first, _ in first }
        return Renderer { ids[$0] }
    }

    @Test(
        "what was normalised and rendered on another server means the same there",
        arguments: [
            EntityKey(.environments, "Staging"), EntityKey(.tagSets, "Region"), EntityKey(.accounts, "Cloud"),
            EntityKey(.channels, "Web", "Default"), EntityKey(.stepTemplates, "Warm up"),
        ]
    )
    func roundTrip(key: EntityKey) throws {
        let destination = SampleSpace.replica(documents)
        let kind = try #require(Catalog.standard[key.kind])
        let existing = try #require(documents[key.kind]?.first { $0["Name"] == .string(key.name) })
        let body = try #require(source[key]).body
        let rendered = try renderer(destination).document(body, kind: kind, onto: existing)
        #expect(rendered["Id"] == existing["Id"])
        let again = ReplicaBuilder.entity(rendered, kind: kind, in: documents, catalog: .standard)
        #expect(again?.body == body)
    }

    @Test("ids of steps, actions and packages at the destination are kept, secrets are left alone")
    func keepsParts() throws {
        var documents = documents
        documents[.deploymentProcesses]?[0]["Steps"] = SampleSpace.process(staging: "Environments-71")["Steps"]
        let destination = SampleSpace.replica(documents)
        let kind = try #require(Catalog.standard[.deploymentProcesses])
        var body = try #require(source[EntityKey(.deploymentProcesses, "Web")]).body
        body["Steps"]?[0]?["Actions"]?[0]?["Properties"]?["Octopus.Action.Package.FeedId"] = nil
        let rendered = try renderer(destination).document(
            body,
            kind: kind,
            onto: documents[.deploymentProcesses]?[0]
        )
        let action = rendered["Steps"]?[0]?["Actions"]?[0]
        #expect(rendered["Version"] == 4)
        #expect(rendered["Steps"]?[0]?["Id"] == "s-1")
        #expect(action?["Id"] == "a-1")
        #expect(action?["Environments"] == ["Environments-71"])
        #expect(action?["Properties"]?["Secret.Thing"]?["HasValue"] == true)
        #expect(action?["Properties"]?["Secret.Thing"]?["NewValue"] == .null)
        #expect(action?["Packages"]?[0]?["Id"] == "k-1")
    }

    @Test("a token that nobody knows is never sent")
    func unresolved() throws {
        let kind = try #require(Catalog.standard[.deploymentProcesses])
        let body = try #require(source[EntityKey(.deploymentProcesses, "Web")]).body
        let renderer = renderer(SampleSpace.replica(documents))
        #expect(throws: RenderingError.self) { _ = try renderer.document(body, kind: kind, onto: nil) }
    }

    @Test("what the destination lacks is an error that names the place")
    func missing() throws {
        let kind = try #require(Catalog.standard[.channels])
        let body = try #require(source[EntityKey(.channels, "Web", "Default")]).body
        #expect(throws: RenderingError.missing(EntityKey(.projects, "Web"), path: "ProjectId")) {
            _ = try Renderer { _ in nil }.document(body, kind: kind, onto: nil)
        }
    }

    @Test("a planned variable set names the rows it keeps, and new rows come without an id")
    func variableRows() throws {
        let kind = try #require(Catalog.standard[.variableSets])
        let destination = SampleSpace.replica(documents)
        let existing = try #require(documents[.variableSets]?[0])
        let after: JSON = [
            "Variables": [
                ["Row": 2, "Name": "Account", "Type": "String", "Value": "x", "Scope": [:]],
                ["Name": "New", "Type": "String", "Value": "y", "Scope": [:]],
                ["Row": 0, "Name": "Url", "Type": "String", "Value": "z", "Scope": ["Role": ["web"]]],
            ]
        ]
        let rendered = try renderer(destination).document(after, kind: kind, onto: existing)
        #expect(rendered["Variables"]?[0]?["Id"] == "v-3")
        #expect(rendered["Variables"]?[0]?["Row"] == nil)
        #expect(rendered["Variables"]?[1]?["Id"] == nil)
        #expect(rendered["Version"] == 3)
        // A scope is what the plan says, whole: it may leave out what the destination had.
        #expect(rendered["Variables"]?[2]?["Id"] == existing["Variables"]?[0]?["Id"])
        #expect(rendered["Variables"]?[2]?["Scope"] == ["Role": ["web"]])
    }
}
