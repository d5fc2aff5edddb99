import Catalog
import Testing

@testable import Sync

/// The policy that the design shows, exactly as it stands there.
@Suite("The example policy")
struct ExamplePolicyTests {
    static let text = #"""
        apiVersion: skerry.sync/v1
        preset: lower-upper                       # lower-upper | isolated-production | tenant-split | mirror
        source: {url: https://devtest.example, space: Default, auth: env:SRC_KEY}
        destinations:
          - name: stageprod
            url: https://prod.example
            space: Default
            auth: file:prod.key
            environments: {Development: drop, Test: [Staging], "*": same}
            flow: oneWaySafe
        versions: {maxMinorDistance: 1, allowMajor: false, onMismatch: refuse}
        select:
          projects: ["Web*", "!Web Sandbox"]
          closure: required                        # pull in whatever selected projects need
        types:
          stepTemplates: {mode: exact}
          scriptModules: {mode: exact}
          tagSets:       {mode: exact, extraTags: keep}
          accounts:      {mode: nameOnly, onMissing: createStub}
          workerPools:   {mode: nameOnly, onMissing: createEmpty}
          feeds:         {mode: nameOnly}
          certificates:  {mode: nameOnly, onMissing: report}
          machinePolicies: {mode: nameOnly}
          projectGroups: {mode: nameOnly}
          lifecycles:    {mode: nameOnly, select: referenced, phases: exclude, onMissing: emptyShell,
                          onMissingProjectLifecycle: fail, onMissingChannelLifecycle: excludeChannel}
          channels:      {mode: merge, rules: sync, exclude: ["Dev only"]}
          teams:         {mode: merge, members: destination, roles: exact, externalGroups: destination}
          tenants:       {select: {anyOf: [{tag: "Sync/Everywhere"}, {environmentsSurvive: 1}]}, variables: existingAlone}
          targets: skip
          workers: skip
          packages: skip
          triggers: skip
        steps:
          extra: keep                              # keep | remove | report
          onExcludedChannel: excludeStep           # excludeStep | includeDisabled | includeUnscoped | mapTo
          environmentMismatch: leaveExistingAlone
          rules:
            - match: {project: "*", process: deployment, step: "QA sign-off"}
              scope: {environments: {set: [Staging]}}   # the four answers of S-131..S-134: set / drop / set / any
        variables:
          scopeMismatch: {environments: ignoreMismatchOnNewLeaveExistingAlone, channels: ignoreMismatchOnNewLeaveExistingAlone,
                          processOwners: skipUnlessPartialMatch, steps: skipUnlessPartialMatch, roles: skipUnlessExactMatch,
                          targets: skipUnlessPartialMatch, tenantTags: skipUnlessExactMatch}
          newValue: copyExactElsePlaceholder       # copy | copyExactElsePlaceholder | placeholder | empty
          placeholder: "Replace Me"
          overwrite: ifUnchanged                   # never | ifUnchanged | always
          newBesideFrozen: leave                   # leave | add | placeholder
          delete: report                           # ignore | report | deleteIfUnchanged | delete
          missingReferenceValue: {certificate: emptyIfUsedElseSkip, account: emptyIfUsedElseSkip, workerPool: fail}
          onExcludedChannel: exclude               # exclude | include | placeholder
        ownership:
          - {type: project, field: Description, owner: destination}
          - {type: variable, name: "Dest.*", owner: destination}
        conflicts: {default: stop, "project.Description": source, "variable.value": manual}
        deletes: {mode: report, maxCount: 20, maxPercent: 10, protect: ["environment/*", "tenant/*"]}
        widening: refuse
        secrets: {provider: none, onMissing: report}
        """#

    @Test("S-1, S-2, S-4, S-5: it loads, and says what it says")
    func loads() throws {
        let policy = try PolicyFile.parse(Self.text, catalog: .standard)
        #expect(policy.preset == "lower-upper")
        #expect(policy.destination.name == "stageprod")
        #expect(policy.destination.credential == .file("prod.key"))
        #expect(policy.environments.filter { $0.line > 0 }.map(\.target) == [.drop, .names(["Staging"]), .same])
        #expect(policy.projects == ["Web*", "!Web Sandbox"])
        #expect(policy.types[.stepTemplates]?.mode == .exact)
        #expect(policy.excludedChannels == ["Dev only"])
        #expect(policy.stepRules.map(\.environments) == [.set(["Staging"])])
        #expect(policy.variables.missingReferenceValue[VariableType.workerPool] == .fail)
        #expect(policy.ownership.map(\.kind) == ["projects", "variable"])
        #expect(policy.conflictRules.map(\.field).sorted() == ["Description", "value"])
        #expect(policy.deletes.protect == ["environments/*", "tenants/*"])
    }

    @Test("S-29, S-130, S-131, S-143: it plans the seed's case, and a second sync has nothing to do")
    func plans() throws {
        var duo = Duo(try PolicyFile.parse(Self.text, catalog: .standard))
        duo.source.environments("Development", "Test")
        duo.destination.environments("Staging", "Production")
        for name in ["Web", "Web Sandbox", "Other"] {
            duo.source.project(
                name,
                steps: [step("QA sign-off", ["Environments": environmentRefs("Test")]), step("Deploy")]
            )
        }
        duo.source.add(EntityKey(.channels, "Web", "Dev only"))
        let set = EntityKey(.variableSets, "projects", "Web")
        duo.source.variables(
            set,
            [
                ("Application.Database.Name", "OctoFx-Dev", ["Development"]),
                ("ConnectionString", "Database=#{Application.Database.Name}", []), ("Dest.Host", "ours", []),
            ]
        )
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(duo.destination.replica.entities(of: .projects).map(\.key.name) == ["Web"])
        #expect(duo.destination.replica[EntityKey(.channels, "Web", "Dev only")] == nil)
        let steps = duo.destination.replica[EntityKey(.deploymentProcesses, "Web")]?.body["Steps"]
        #expect(steps?[0]?["Actions"]?[0]?["Environments"] == environmentRefs("Staging"))
        let rows = (duo.destination.replica[set]?.body["Variables"]?.arrayValue ?? []).map {
            "\($0["Name"]?.stringValue ?? "")=\($0["Value"]?.stringValue ?? "")"
        }
        #expect(
            Set(rows) == [
                "Application.Database.Name=Replace Me", "ConnectionString=Database=#{Application.Database.Name}",
            ]
        )
        #expect(try duo.residue() == [])
        duo.source.edit(EntityKey(.projects, "Web")) { $0["Description"] = "not theirs" }
        #expect(try duo.residue() == [], "the destination owns the description")
    }
}
