import Catalog
import Testing

@testable import Sync

@Suite("Types of which only the name must agree")
struct NameOnlyTests {
    @Test(
        "S-79 to S-85, LS-7, LS-8, LS-9: details differ and stay, whichever side changes them",
        arguments: [
            (KindName.accounts, "AccountType", JSON.string("UsernamePassword"), "Username"),
            (.workerPools, "WorkerPoolType", "StaticWorkerPool", "Description"),
            (.certificates, "Notes", "", "Notes"), (.feeds, "FeedType", "NuGet", "FeedUri"),
            (.environments, "Description", "", "Description"), (.gitCredentials, "Description", "", "Description"),
            (.machinePolicies, "IsDefault", false, "Description"),
            (.projectGroups, "Description", "", "Description"), (.lifecycles, "Description", "", "Description"),
        ] as [(KindName, String, JSON, String)]
    )
    func detailsStay(kind: KindName, subtype: String, value: JSON, field: String) throws {
        let key = EntityKey(kind, "Shared")
        var duo = Duo()
        var mine: JSON = Self.object(field, "source")
        var theirs: JSON = Self.object(field, "destination")
        if subtype != field {
            mine[subtype] = value
            theirs[subtype] = value
        }
        duo.source.add(key, mine)
        duo.destination.add(key, theirs)
        #expect(try duo.sync().operations.isEmpty)
        duo.source.edit(key) { $0[field] = "changed" }
        #expect(try duo.residue() == [])
        #expect(duo.destination.replica[key]?.body[field] == "destination")
    }

    @Test(
        "S-46, S-48, S-82, S-84: another type under one name is a conflict, not a change",
        arguments: [
            (KindName.workerPools, "WorkerPoolType", "StaticWorkerPool", "DynamicWorkerPool"),
            (.feeds, "FeedType", "NuGet", "Docker"),
        ] as [(KindName, String, String, String)]
    )
    func typeDiffers(kind: KindName, field: String, mine: String, theirs: String) throws {
        let key = EntityKey(kind, "Shared")
        var duo = Duo()
        duo.source.add(key, Self.object(field, .string(mine)))
        duo.destination.add(key, Self.object(field, .string(theirs)))
        #expect(try duo.plan().plan.conflicts.map(\.code) == ["kind"])
    }

    private static func object(_ name: String, _ value: JSON) -> JSON {
        var object: JSON = [:]
        object[name] = value
        return object
    }

    @Test(
        "S-47, S-83, S-103: a certificate that is missing is reported, for nobody can read it; steps that need it wait"
    )
    func certificate() throws {
        var duo = Duo()
        duo.source.add(EntityKey(.certificates, "Web"))
        let plan = try duo.sync()
        #expect(plan.operations.isEmpty)
        #expect(plan.skipped.map(\.code) == ["certificate-missing"])
        duo.destination.add(EntityKey(.certificates, "Web"))
        #expect(try duo.sync().skipped.isEmpty)
    }

    @Test("S-50, S-76: a script module is exact: an edit of its description at the destination is drift, and healed")
    func scriptModule() throws {
        let key = EntityKey(.scriptModules, "Helpers")
        var duo = Duo()
        duo.source.add(key, ["ContentType": "ScriptModule", "Description": "one"])
        try duo.sync()
        duo.destination.edit(key) { $0["Description"] = "mine" }
        let plan = try duo.sync()
        #expect(plan.operations == [])
        #expect(plan.notices.map(\.code) == ["drift"])
        duo.settings.heals = true
        #expect(try duo.sync().operations.map(\.key) == [key])
        #expect(duo.destination.replica[key]?.body["Description"] == "one")
        #expect(try duo.residue() == [])
    }
}
