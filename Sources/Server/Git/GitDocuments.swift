import Catalog
import Store

/// A document of a project that is kept in Git: which file it is, and how its text and its JSON become each other.
struct GitDocument: Sendable, Hashable {
    var kind: KindName
    /// Below the folder of the project.
    var file: String
    /// For messages of commits.
    var title: String

    static let process = GitDocument(
        kind: .deploymentProcesses,
        file: "deployment_process.ocl",
        title: "the deployment process"
    )
    static let settings = GitDocument(
        kind: .deploymentSettings,
        file: "deployment_settings.ocl",
        title: "the deployment settings"
    )
    static let variables = GitDocument(kind: .variableSets, file: "variables.ocl", title: "the variables")

    static let schemaVersion = "schema_version.ocl"
    static let schemaText = "version = 15\n"
}

/// What of a project was read from one commit.
struct GitSnapshot: Sendable {
    /// The branch, tag or commit that was asked for.
    var ref: GitRef
    var files: [GitDocument: GitRepository.File]
    /// By their names inside the folder of runbooks; empty where nobody asked for them.
    var runbooks: [String: GitRepository.File] = [:]
}

/// Turns files into the documents that the API serves, inside one read or write of the store.
struct GitReading {
    let project: Stored
    let settings: GitSettings
    let snapshot: GitSnapshot
    let resources: Resources
    let reader: any StoreReading

    private var space: String? { project.document.space }

    /// A document as it is at the commit, without links.
    ///
    /// - Throws: `APIProblem` 400 that names the file and the place in it.
    func body(_ document: GitDocument) throws -> JSON {
        let kind = try resources.kind(document.kind)
        var references = GitReferences(reader: reader, resources: resources, space: space, project: project.id)
        if document != .process { references.actions = Self.actionSlugs(try body(.process)) }
        var body = try decoded(document, kind)
        body["Id"] = .string(try id(of: kind))
        body["SpaceId"] = JSON(space)
        if document == .variables {
            references.runbooks = try GitRunbooks(self).ids
            body["OwnerId"] = .string(project.id)
            setVariableIDs(&body, references)
        } else {
            body["ProjectId"] = .string(project.id)
        }
        if document == .process {
            let former = try project.body.text("DeploymentProcessId").flatMap { try stored(.deploymentProcesses, $0) }
            Self.setPartIDs(&body, references, former: former?.body)
        }
        if kind.isVersioned { body["Version"] = .int(version(of: document)) }
        return try references.toIDs(body, kind)
    }

    func id(of kind: Kind) throws -> String {
        guard let id = kind.id(ofOwner: project.id) else { throw APIProblem.notFound() }
        return id
    }

    private func decoded(_ document: GitDocument, _ kind: Kind) throws -> JSON {
        guard let file = snapshot.files[document] else {
            return kind.filled(document == .variables ? ["Variables": []] : [:])
        }
        return try reading(document.file) { try OCLMapping(kind).decode(try OCLBody.parse(file.bytes)) }
    }

    /// - Throws: `APIProblem` that names the file for whatever `work` throws.
    func reading<Result>(_ file: String, _ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch {
            throw APIProblem.invalid(
                "\(settings.path(file)) at \(snapshot.ref.shortName) cannot be read: \(error). Correct the file in the "
                    + "repository."
            )
        }
    }

    func stored(_ kind: KindName, _ id: String) throws -> Stored? {
        try resources.find(kind, id, in: reader)
    }

    /// Follows from the content alone, so that whoever read something else is told so; 0 for what is not there.
    private func version(of document: GitDocument) -> Int {
        guard let hash = snapshot.files[document]?.hash else { return 0 }
        return Int(hash.prefix(7), radix: 16).map { $0 + 1 } ?? 0
    }

    static func actionSlugs(_ process: JSON) -> [String: String] {
        var result: [String: String] = [:]
        for step in process["Steps"]?.arrayValue ?? [] {
            for action in step["Actions"]?.arrayValue ?? [] {
                if let id = action.text("Id"), let slug = action.text("Slug") { result[id] = slug }
            }
        }
        return result
    }

    // MARK: Ids of parts

    /// Steps and actions that the project had before it was converted keep their ids: sensitive variables in the
    /// database, channels and triggers point at them.
    ///
    /// - Parameter process: as it was in the database.
    static func setPartIDs(_ body: inout JSON, _ references: GitReferences, former process: JSON?) {
        var former: [String: String] = [:]
        for step in process?["Steps"]?.arrayValue ?? [] {
            former["step/\(step.text("Slug") ?? "")"] = step.text("Id")
            for action in step["Actions"]?.arrayValue ?? [] {
                former["action/\(action.text("Slug") ?? "")"] = action.text("Id")
            }
        }
        let steps = (body["Steps"]?.arrayValue ?? []).map { step in
            var step = step
            let slug = step.text("Slug") ?? ""
            step["Id"] = .string(former["step/\(slug)"] ?? references.partID("step", slug))
            step["Actions"] = .array(
                (step["Actions"]?.arrayValue ?? []).map { action in
                    var action = action
                    let slug = action.text("Slug") ?? ""
                    action["Id"] = .string(former["action/\(slug)"] ?? references.partID("action", slug))
                    let packages = (action["Packages"]?.arrayValue ?? []).map { package in
                        var package = package
                        package["Id"] = .string(references.partID("package", slug, package.text("Name") ?? ""))
                        return package
                    }
                    action["CanBeUsedForProjectVersioning"] = .bool(!packages.isEmpty)
                    action["Packages"] = .array(packages)
                    return action
                }
            )
            return step
        }
        body["Steps"] = .array(steps)
        body["LastSnapshotId"] = .null
    }

    private func setVariableIDs(_ body: inout JSON, _ references: GitReferences) {
        var seen: [String: Int] = [:]
        body["Variables"] = .array(
            (body["Variables"]?.arrayValue ?? []).map { variable in
                var variable = variable
                let name = variable.text("Name") ?? ""
                let scope = String(decoding: variable.member("Scope").canonicalBytes, as: UTF8.self)
                let count = seen["\(name) \(scope)", default: 0]
                seen["\(name) \(scope)"] = count + 1
                variable["Id"] = .string(references.partID("variable", name, scope, String(count)))
                return variable
            }
        )
    }
}

/// Turns documents into files.
struct GitWriting {
    let project: String
    let space: String?
    let resources: Resources
    let reader: any StoreReading

    /// - Parameters:
    ///   - body: complete, with the ids of this server.
    ///   - actions: slugs of the process's actions by their ids.
    /// - Throws: `APIProblem` for what cannot be in Git, such as a secret.
    func bytes(_ body: JSON, _ document: GitDocument, actions: [String: String]) throws -> [UInt8] {
        try text { try encoded(body, document.kind, actions) }
    }

    /// A runbook with its process, in one file.
    func bytes(runbook: JSON, process: JSON) throws -> [UInt8] {
        var runbook = runbook
        // What the place of the file says already.
        for name in ["Slug", "ProjectId"] { runbook[name] = nil }
        return try text {
            var body = try encoded(runbook, .runbooks, [:])
            let steps = try encoded(process, .runbookProcesses, GitReading.actionSlugs(process))
            body.blocks.append(OCLBlock(GitRunbooks.process, steps))
            return body
        }
    }

    private func encoded(_ body: JSON, _ name: KindName, _ actions: [String: String]) throws -> OCLBody {
        let kind = try resources.kind(name)
        let references = GitReferences(
            reader: reader,
            resources: resources,
            space: space,
            project: project,
            actions: actions
        )
        return try OCLMapping(kind).encode(try references.toSlugs(body, kind))
    }

    private func text(_ body: () throws -> OCLBody) throws -> [UInt8] {
        do {
            return Array(try body().text().utf8)
        } catch let error as OCLError {
            throw APIProblem.invalid("This cannot be kept in Git: \(error).")
        }
    }
}
