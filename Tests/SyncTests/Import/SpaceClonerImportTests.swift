import Catalog
import Testing

@testable import Sync

@Suite("Importing a command line of SpaceCloner")
struct SpaceClonerImportTests {
    static let line = """
        .\\CloneSpace.ps1 -SourceOctopusUrl "https://dev.example" `
            -SourceOctopusApiKey "API-SECRETSECRET1" -SourceSpaceName 'Team "A"' `
            -DestinationOctopusUrl "https://prod.example" -DestinationOctopusApiKey $key `
            -DestinationSpaceName "Main" -EnvironmentsToClone "Staging,Production" `
            -ProjectsToClone "Web*, Shop" -TenantTagsToClone "all" -LifeCyclesToClone "AWS*,Standard" `
            -OverwriteExistingVariables true -OverwriteExistingLifecyclesPhases:$false -CloneProjectRunbooks $true `
            -VariableEnvironmentScopingMatch "IgnoreMismatchOnNewLeaveExistingAlone" `
            -VariableChannelScopingMatch SkipUnlessExactMatch -ProcessEnvironmentScopingMatch SkipUnlessPartialMatch `
            -ProcessCloningOption KeepAdditionalDestinationSteps -FancyNewThing "yes"
        """

    private func policy(_ text: String) throws -> Policy {
        try PolicyFile.parse(SpaceClonerImport(text).policy, catalog: .standard)
    }

    @Test("S-34: a command line becomes a policy that reads, with the same scope strategies")
    func whole() throws {
        let imported = try policy(Self.line)
        #expect(imported.source.url == "https://dev.example")
        #expect(imported.source.space == "Team \"A\"")
        #expect(imported.source.credential == .environment("SOURCE_KEY"))
        #expect(imported.destination.space == "Main")
        #expect(imported.projects == ["Web*", "Shop"])
        #expect(imported.environments.map(\.pattern) == ["Staging", "Production", "*"])
        #expect(imported.environments.map(\.target) == [.same, .same, .existing])
        #expect(imported.variables.scopeMismatch[.environments] == .ignoreMismatchOnNewLeaveExistingAlone)
        #expect(imported.variables.scopeMismatch[.channels] == .skipUnlessExactMatch)
        #expect(imported.stepMismatch == .skipUnlessPartial)
        #expect(imported.variables.overwrite == .always)
        #expect(imported.lifecyclePhases == .initialOnly)
        #expect(imported.types[.lifecycles]?.select == ["AWS*", "Standard"])
        #expect(imported.types[.tagSets]?.mode != .skip)
        #expect(imported.types[.accounts]?.mode == .skip, "what was not named was not cloned")
        #expect(imported.widening == .refuse)
    }

    @Test("keys never land in the policy or in a warning")
    func keys() {
        let imported = SpaceClonerImport(Self.line)
        #expect(!imported.policy.contains("API-SECRET"))
        #expect(!imported.warnings.map(\.text).joined().contains("API-SECRET"))
        #expect(
            imported.warnings.contains { $0.parameter == "SourceOctopusApiKey" && $0.message.contains("SOURCE_KEY") }
        )
    }

    @Test("S-34: an unknown parameter is a warning by its name, and so is a word that is not known")
    func unknown() {
        let warnings = SpaceClonerImport(Self.line + " -VariableMachineScopingMatch Perhaps").warnings
        #expect(warnings.contains { $0.parameter == "FancyNewThing" && $0.message.contains("not known") })
        #expect(warnings.contains { $0.parameter == "VariableMachineScopingMatch" && $0.message.contains("'Perhaps'") })
    }

    @Test(
        "warnings come wherever the old behaviour lost data",
        arguments: [
            ("-OverwriteExistingVariables true", "OverwriteExistingVariables"),
            ("-VariableEnvironmentScopingMatch IgnoreMismatch", "VariableEnvironmentScopingMatch"),
            ("-ProcessEnvironmentScopingMatch IgnoreMismatch", "ProcessEnvironmentScopingMatch"),
            ("-ProcessChannelScopingMatch IgnoreMismatch", "ProcessChannelScopingMatch"),
            ("-InfrastructureEnvironmentScopingMatch IgnoreMismatch", "InfrastructureEnvironmentScopingMatch"),
            ("-OverwriteExistingLifecyclesPhases true", "OverwriteExistingLifecyclesPhases"),
            ("-ProcessCloningOption SourceOnly", "ProcessCloningOption"),
            ("-TargetsToClone all", "TargetsToClone"), ("-PackagesToClone all", "PackagesToClone"),
            ("-SourceSpaceName $space", "SourceSpaceName"),
            ("-ProjectsToClone a -ProjectsToClone b", "ProjectsToClone"),
        ]
    )
    func warnings(arguments: String, parameter: String) {
        let found = SpaceClonerImport(arguments).warnings.filter { $0.parameter == parameter }
        #expect(found.count == 1, "\(found)")
    }

    @Test(
        "every parameter that is known makes a policy that reads, whatever its word",
        arguments: SpaceClonerParameter.all.map(\.name)
    )
    func every(_ name: String) throws {
        for value in [
            "all", "A*,B", "true", "false", "", "IgnoreMismatch", "SkipUnlessExactMatch", "https://a.example",
        ] {
            let isURL = name.hasSuffix("Url")
            if isURL && !value.hasPrefix("https") { continue }
            _ = try policy("-\(name) \"\(value)\"")
        }
    }

    @Test("a script, a hashtable for splatting and a JSON file say the same")
    func forms() throws {
        let script = """
            # Clones the team's space
            $parameters = @{
                SourceOctopusUrl = "https://dev.example"   # the lower one
                ProjectsToClone = 'Web'
                CloneProjectRunbooks = $false
            }
            .\\CloneSpace.ps1 @parameters -DestinationSpaceName:"Main"
            """
        let json =
            #"{"SourceOctopusUrl": "https://dev.example", "ProjectsToClone": "Web", "CloneProjectRunbooks": false, "DestinationSpaceName": "Main"}"#
        for text in [script, json] {
            let imported = try policy(text)
            #expect(imported.source.url == "https://dev.example")
            #expect(imported.projects == ["Web"])
            #expect(imported.types[.runbooks]?.mode == .skip)
            #expect(imported.destination.space == "Main")
        }
    }

    @Test("names that YAML would take for something else stay names")
    func quoting() throws {
        let imported = try policy("-EnvironmentsToClone 'Yes,No: 1,# two,a.b,~' -ProjectsToClone \"true,[x],*\"")
        #expect(imported.environments.map(\.pattern) == ["Yes", "No: 1", "# two", "a.b", "~", "*"])
        #expect(imported.projects == ["true", "[x]", "*"])
    }

    @Test(
        "no text, however broken, is more than warnings",
        arguments: ["", "-", "\"", "@{", "= = =", "-A", "`", "-SourceOctopusUrl"]
    )
    func broken(text: String) {
        #expect(SpaceClonerImport(text).policy.contains("apiVersion"))
    }
}
