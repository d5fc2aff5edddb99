public import APIClient
public import Catalog

/// Why the sample cannot be loaded.
public enum SampleError: Error, Sendable, Hashable, CustomStringConvertible {
    case unknownName(String, kind: KindName, place: String)
    case missing(String, kind: KindName)

    public var description: String {
        switch self {
        case .unknownName(let name, let kind, let place):
            "\(place) names '\(name)', but the server has no such document among its \(kind)"
        case .missing(let name, let kind): "the server has no '\(name)' among its \(kind); load the sample first"
        }
    }
}

/// Writes the sample company through the REST API. What is there already stays as it is, so that loading twice, or
/// again after an interruption, does no harm.
public struct SampleLoader {
    private let client: DestinationClient
    private let progress: (String) -> Void
    /// Ids by kind and name; `Project / Name` for what a project owns.
    private var ids: [KindName: [String: String]] = [:]
    private var documents: [String: JSON] = [:]

    /// - Parameter progress: told a line for each document that is written.
    public init(client: DestinationClient, progress: @escaping (String) -> Void) {
        self.client = client
        self.progress = progress
    }

    /// The kinds of the sample, each after those that it refers to.
    private static let order: [KindName] = [
        .environments, .projectGroups, .tagSets, .lifecycles, .workerPools, .machinePolicies, .feeds, .accounts,
        .gitCredentials, .teams, .stepTemplates, .librarySets,
    ]

    public mutating func load() async throws {
        let sample = try SampleText.parse(OctoFX.firstWeek)
        for kind in Self.order + [.projects, .tenants, .channels, .runbooks] { try await learn(kind) }
        for kind in Self.order {
            for entry in sample[kind.rawValue]?.arrayValue ?? [] { try await add(entry, kind) }
        }
        // All projects before their contents: a step may deploy another project.
        let projects = sample[KindName.projects.rawValue]?.arrayValue ?? []
        for entry in projects { _ = try await create(entry, .projects) }
        for entry in projects { try await fill(entry) }
        for entry in sample[KindName.tenants.rawValue]?.arrayValue ?? [] { try await addTenant(entry) }
    }

    /// The second week: changes to what `load` made.
    public mutating func change() async throws {
        let sample = try SampleText.parse(OctoFX.secondWeek)
        for kind in Self.order + [.projects, .channels, .runbooks] { try await learn(kind) }
        for entry in sample[KindName.projects.rawValue]?.arrayValue ?? [] { try await change(entry) }
    }

    // MARK: Documents

    private mutating func learn(_ kind: KindName) async throws {
        for document in try await client.list(kind) { learn(document, kind) }
    }

    private mutating func learn(_ document: JSON, _ kind: KindName) {
        guard let id = document["Id"]?.stringValue, let name = document["Name"]?.stringValue else { return }
        documents[id] = document
        let owner = document["ProjectId"]?.stringValue.flatMap { documents[$0]?["Name"]?.stringValue }
        ids[kind, default: [:]][owner.map { "\($0) / \(name)" } ?? name] = id
    }

    /// Members of an entry that are documents of their own.
    private static let parts = ["Variables", "Channels", "Steps", "Runbooks", "Values", "AddSteps", "ReplaceVariables"]

    private mutating func create(_ entry: JSON, _ kind: KindName, under owner: String? = nil) async throws -> JSON {
        let name = entry["Name"]?.stringValue ?? ""
        let fullName = owner.map { "\($0) / \(name)" } ?? name
        if let id = ids[kind]?[fullName], let known = documents[id] { return known }
        var body = entry
        for part in Self.parts { body[part] = nil }
        let created = try await client.create(kind, try withIDs(body, kind, place: "\(kind) \(fullName)"))
        learn(created, kind)
        progress("created \(kind)/\(fullName)")
        return created
    }

    private mutating func add(_ entry: JSON, _ kind: KindName) async throws {
        let created = try await create(entry, kind)
        if let variables = entry["Variables"]?.arrayValue {
            try await addVariables(variables, to: created["VariableSetId"]?.stringValue ?? "")
        }
    }

    private mutating func fill(_ entry: JSON) async throws {
        let name = entry["Name"]?.stringValue ?? ""
        guard let project = ids[.projects]?[name].flatMap({ documents[$0] }) else { return }
        let owner: JSON = project["Id"] ?? nil
        for channel in entry["Channels"]?.arrayValue ?? [] {
            _ = try await create(with(channel, ["ProjectId": owner]), .channels, under: name)
        }
        try await setSteps(entry["Steps"], .deploymentProcesses, project["DeploymentProcessId"]?.stringValue)
        for runbook in entry["Runbooks"]?.arrayValue ?? [] {
            let created = try await create(with(runbook, ["ProjectId": owner]), .runbooks, under: name)
            try await setSteps(runbook["Steps"], .runbookProcesses, created["RunbookProcessId"]?.stringValue)
        }
        try await addVariables(entry["Variables"]?.arrayValue ?? [], to: project["VariableSetId"]?.stringValue ?? "")
    }

    /// Gives an empty process its steps.
    private mutating func setSteps(_ steps: JSON?, _ kind: KindName, _ id: String?) async throws {
        guard let steps, let id else { return }
        var process = try await client.get(kind, id: id)
        guard process["Steps"]?.arrayValue?.isEmpty ?? true else { return }
        process["Steps"] = withStepDefaults(steps)
        _ = try await client.update(kind, id: id, try withIDs(process, kind, place: id))
    }

    private func withStepDefaults(_ steps: JSON) -> JSON {
        .array((steps.arrayValue ?? []).map { with(["Properties": [:]], $0.objectValue ?? [:]) })
    }

    /// Adds variables that have no counterpart of the same name and scope.
    private mutating func addVariables(_ new: [JSON], to setID: String) async throws {
        var set = try await client.get(.variableSets, id: setID)
        let wanted = try withIDs(["Variables": .array(new.map(completed))], .variableSets, place: setID)
        let existing = set["Variables"]?.arrayValue ?? []
        let known = Set(existing.map(Self.identity))
        let missing = (wanted["Variables"]?.arrayValue ?? []).filter { !known.contains(Self.identity($0)) }
        guard !missing.isEmpty else { return }
        set["Variables"] = .array(existing + missing)
        _ = try await client.update(.variableSets, id: setID, set)
        progress("added \(missing.count) values to \(setID)")
    }

    private func completed(_ variable: JSON) -> JSON {
        with(["Type": "String", "Scope": [:]], variable.objectValue ?? [:])
    }

    /// What makes two values of the sample the same one.
    private static func identity(_ variable: JSON) -> JSON {
        [variable["Name"] ?? nil, .object(variable["Scope"]?.objectValue ?? [:])]
    }

    // MARK: Tenants

    private mutating func addTenant(_ entry: JSON) async throws {
        let tenant = try await create(entry, .tenants)
        guard let values = entry["Values"]?.objectValue, let id = tenant["Id"]?.stringValue else { return }
        var document = try await client.get(.tenantVariables, id: id)
        for (owner, given) in values {
            if let setID = ids[.librarySets]?[owner] {
                let values = templateValues(given, document["LibraryVariables"]?[setID])
                document["LibraryVariables"]?[setID]?["Variables"] = values
            } else if let projectID = ids[.projects]?[owner], let project = document["ProjectVariables"]?[projectID] {
                document["ProjectVariables"]?[projectID]?["Variables"] = projectValues(given, project)
            }
        }
        _ = try await client.update(.tenantVariables, id: id, document)
    }

    /// `{template: value}` by the templates' ids.
    private func templateValues(_ given: JSON, _ owner: JSON?) -> JSON {
        let templates = owner?["Templates"]?.arrayValue ?? []
        return .object(
            JSONObject(
                templates.compactMap { template in
                    guard let id = template["Id"]?.stringValue, let name = template["Name"]?.stringValue,
                        let value = given[name]
                    else { return nil }
                    return (id, value)
                }
            )
        )
    }

    /// `{template: {environment: value}}` → `{environment id: {template id: value}}`
    private func projectValues(_ given: JSON, _ project: JSON) -> JSON {
        var result = project["Variables"]?.objectValue ?? [:]
        for (template, byEnvironment) in given.objectValue ?? [:] {
            for (environment, value) in byEnvironment.objectValue ?? [:] {
                guard let id = ids[.environments]?[environment] else { continue }
                let known = result[id]?.objectValue ?? [:]
                result[id] = with(.object(known), templateValues([template: value], project).objectValue ?? [:])
            }
        }
        return .object(result)
    }

    // MARK: The second week

    private mutating func change(_ entry: JSON) async throws {
        let name = entry["Name"]?.stringValue ?? ""
        guard let id = ids[.projects]?[name], var project = documents[id] else {
            throw SampleError.missing(name, kind: .projects)
        }
        if let description = entry["Description"], project["Description"] != description {
            project["Description"] = description
            _ = try await client.update(.projects, id: id, project)
            progress("changed the description of \(name)")
        }
        try await addSteps(entry["AddSteps"]?.arrayValue ?? [], to: project["DeploymentProcessId"]?.stringValue ?? "")
        try await replaceVariables(
            entry["ReplaceVariables"]?.arrayValue ?? [],
            in: project["VariableSetId"]?.stringValue ?? ""
        )
    }

    private mutating func addSteps(_ new: [JSON], to processID: String) async throws {
        var process = try await client.get(.deploymentProcesses, id: processID)
        let steps = process["Steps"]?.arrayValue ?? []
        let names = Set(steps.map { $0["Name"] })
        let missing = new.filter { !names.contains($0["Name"]) }
        guard !missing.isEmpty else { return }
        let added = try withIDs(["Steps": withStepDefaults(.array(missing))], .deploymentProcesses, place: processID)
        process["Steps"] = .array(steps + (added["Steps"]?.arrayValue ?? []))
        _ = try await client.update(.deploymentProcesses, id: processID, process)
        progress("added \(missing.count) step to \(processID)")
    }

    /// Gives each name that occurs here exactly these values. A value that stays keeps its id.
    private mutating func replaceVariables(_ new: [JSON], in setID: String) async throws {
        var set = try await client.get(.variableSets, id: setID)
        let wanted = try withIDs(["Variables": .array(new.map(completed))], .variableSets, place: setID)
        let names = Set(new.map { $0["Name"] })
        var old = (set["Variables"]?.arrayValue ?? []).filter { names.contains($0["Name"]) }
        let kept = (set["Variables"]?.arrayValue ?? []).filter { !names.contains($0["Name"]) }
        let replaced = (wanted["Variables"]?.arrayValue ?? []).map { variable -> JSON in
            guard
                let match = old.firstIndex(where: { $0["Name"] == variable["Name"] && $0["Value"] == variable["Value"] }
                )
            else { return variable }
            return with(old.remove(at: match), variable.objectValue ?? [:])
        }
        guard replaced.contains(where: { $0["Id"] == nil }) || !old.isEmpty else { return }
        set["Variables"] = .array(kept + replaced)
        _ = try await client.update(.variableSets, id: setID, set)
        progress("replaced the values of \(names.count) variables in \(setID)")
    }

    // MARK: Names and ids

    private func with(_ base: JSON, _ members: JSONObject) -> JSON {
        var result = base
        for (name, value) in members { result[name] = value }
        return result
    }

    /// Puts the server's ids in the place of names, wherever the catalog knows of a reference.
    private func withIDs(_ body: JSON, _ kind: KindName, place: String) throws -> JSON {
        guard let shape = Catalog.standard[kind]?.shape else { return body }
        return try shape.rewriting(body, in: SiteContext(controlTypes: controlTypes)) { site in
            guard case .reference(let reference) = site.content, reference.form == .id else { return site.value }
            return try reference.replacingTokens(in: site.value) { token in
                try id(of: token, reference, place: "\(place), \(site.pathText)")
            }
        }
    }

    private func id(of token: String, _ reference: Reference, place: String) throws -> String {
        if documents[token] != nil || Self.isOwnedID(token) { return token }
        for target in reference.targets {
            if let id = ids[target]?[token] { return id }
        }
        throw SampleError.unknownName(token, kind: reference.targets[0], place: place)
    }

    /// Ids that come with a document the server made, and built-in ones.
    private static func isOwnedID(_ token: String) -> Bool {
        ["deploymentprocess-", "RunbookProcess-", "variableset-", "feeds-", "teams-", "Spaces-"].contains {
            token.hasPrefix($0)
        }
    }

    /// The sample's own step templates; a value by the name of a parameter may be a reference.
    private var controlTypes: @Sendable (String) -> [String: String] {
        let templates = documents.filter { $0.value["Parameters"] != nil }
        let known = ids[.stepTemplates] ?? [:]
        return { idOrName in
            let template = templates[idOrName] ?? known[idOrName].flatMap { templates[$0] }
            let parameters = (template?["Parameters"]?.arrayValue ?? []).compactMap { parameter in
                parameter["Name"]?.stringValue.map {
                    ($0, parameter["DisplaySettings"]?["Octopus.ControlType"]?.stringValue ?? "")
                }
            }
            return Dictionary(parameters) { first, _ in first }
        }
    }
}
