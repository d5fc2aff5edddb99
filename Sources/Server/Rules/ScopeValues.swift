import Catalog
import Store

/// What the scopes of a variable set can name: `{Environments[], Machines[], …}` with id and name of each.
///
/// Clients translate scopes through these lists, so they are complete on every read.
enum ScopeValues {
    /// - Parameters:
    ///   - process: the deployment process, of a project that does not keep it in the database.
    ///   - runbooks: with their processes, of a project that does not keep them there.
    static func of(
        _ set: JSON,
        in context: ReadContext,
        process: JSON? = nil,
        runbooks: [(JSON, JSON)]? = nil
    ) throws -> JSON {
        let space = set["SpaceId"]?.stringValue
        let owner = set["OwnerId"]?.stringValue ?? ""
        let machines = try context.all(.machines, inSpace: space)
        var values: JSONObject = [
            "Environments": try named(.environments, inSpace: space, in: context),
            "Machines": .array(machines.map { named($0.body) }),
            "Actions": [],
            "Roles": .array(roles(of: machines.map(\.body)).map { ["Id": .string($0), "Name": .string($0)] }),
            "Channels": [],
            "TenantTags": .array(try tags(inSpace: space, in: context)),
            "Processes": [],
        ]
        if let project = try context.find(.projects, owner) {
            let runbooks = try runbooks ?? stored(context.all(.runbooks, inSpace: space, owner: owner), in: context)
            values["Channels"] = .array(try context.all(.channels, inSpace: space, owner: owner).map { named($0.body) })
            values["Processes"] = .array(processes(of: project.body, runbooks: runbooks.map(\.0)))
            values["Actions"] = .array(try actions(of: project, process, runbooks.map(\.1), in: context))
        }
        return .object(values)
    }

    /// The roles of all targets, each once, sorted without regard to case.
    static func roles(of machines: [JSON]) -> [String] {
        var seen = Set<String>()
        return machines.flatMap { $0["Roles"]?.stringsValue ?? [] }
            .filter { seen.insert($0.lowercased()).inserted }
            .sorted { $0.lowercased() < $1.lowercased() }
    }

    private static func named(_ body: JSON) -> JSON {
        ["Id": body.member("Id"), "Name": body.member("Name")]
    }

    private static func named(_ kind: KindName, inSpace space: String?, in context: ReadContext) throws -> JSON {
        .array(try context.all(kind, inSpace: space).map { named($0.body) })
    }

    private static func tags(inSpace space: String?, in context: ReadContext) throws -> [JSON] {
        try context.all(.tagSets, inSpace: space)
            .filter { $0.body["Scopes"]?.stringsValue.contains("Tenant") ?? true }
            .flatMap { $0.body["Tags"]?.arrayValue ?? [] }
            .compactMap { $0["CanonicalTagName"]?.stringValue }
            .map { ["Id": .string($0), "Name": .string($0)] }
    }

    private static func processes(of project: JSON, runbooks: [JSON]) -> [JSON] {
        [item(project, type: "Deployment")] + runbooks.map { item($0, type: "Runbook") }
    }

    private static func item(_ owner: JSON, type: String) -> JSON {
        var item = named(owner)
        item["ProcessType"] = .string(type)
        return item
    }

    private static func stored(_ runbooks: [Stored], in context: ReadContext) throws -> [(JSON, JSON)] {
        try runbooks.map { runbook in
            let id = runbook.body["RunbookProcessId"]?.stringValue ?? ""
            return (runbook.body, try context.find(.runbookProcesses, id)?.body ?? [:])
        }
    }

    private static func actions(
        of project: Stored,
        _ process: JSON?,
        _ runbooks: [JSON],
        in context: ReadContext
    ) throws -> [JSON] {
        var processes: [JSON?] = []
        if let process {
            processes.append(process)
        } else if let id = project.body["DeploymentProcessId"]?.stringValue {
            processes.append(try context.find(.deploymentProcesses, id)?.body)
        }
        return (processes + runbooks).compactMap { $0?["Steps"]?.arrayValue }.joined()
            .flatMap { $0["Actions"]?.arrayValue ?? [] }.map(named)
    }
}
