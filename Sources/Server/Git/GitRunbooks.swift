import Catalog
import Crypto
import Store

/// The runbooks of a project at a commit: a file each, whose name is the runbook's slug, with the process inside.
///
/// A runbook that the project had before it was converted keeps its id, and so do its steps and actions: triggers and
/// variables point at them. The id of any other is its slug.
struct GitRunbooks {
    /// Below the folder of the project.
    static let folder = "runbooks"
    /// The block of a file that holds the steps.
    static let process = "process"
    private static let ending = ".ocl"

    let reading: GitReading
    /// What the database still holds of the project's runbooks, by slug.
    private let former: [String: Stored]

    init(_ reading: GitReading) throws {
        self.reading = reading
        let stored = try reading.resources.all(
            .runbooks,
            space: reading.project.document.space,
            owner: reading.project.id,
            in: reading.reader
        )
        former = Dictionary(stored.map { ($0.slug, $0) }) { first, _ in first }
    }

    struct Runbook: Sendable {
        var slug: String
        /// Without links.
        var body: JSON
        var process: JSON

        var id: String { body.text("Id") ?? slug }
        var name: String { body.text("Name") ?? slug }
    }

    /// `runbooks/restart.ocl`
    static func file(_ slug: String) -> String { "\(folder)/\(slug)\(ending)" }

    /// Of all that are there, whether their files can be read or not, by slug.
    var ids: [String: String] {
        Dictionary(slugs.map { ($0, former[$0]?.id ?? $0) }) { first, _ in first }
    }

    /// Sorted by name, as lists are.
    ///
    /// - Throws: `APIProblem` 400 that names the file and the place in it.
    func all() throws -> [Runbook] {
        try slugs.map { try runbook(slug: $0) }.sorted {
            ($0.name.lowercased(), $0.slug) < ($1.name.lowercased(), $1.slug)
        }
    }

    /// - Throws: `APIProblem` 404 when there is none.
    func runbook(_ idOrSlug: String) throws -> Runbook {
        let slug = former.first { $0.value.id.lowercased() == idOrSlug.lowercased() }?.key ?? idOrSlug.lowercased()
        guard slugs.contains(slug) else { throw APIProblem.notFound("runbook", idOrSlug) }
        return try runbook(slug: slug)
    }

    /// - Throws: `APIProblem` 404 when there is none.
    func runbook(ofProcess id: String) throws -> Runbook {
        try runbook(reading.resources.kind(.runbookProcesses).ownerID(of: id) ?? id)
    }

    /// Another runbook than the one with this slug that has this name already. A file that cannot be read has none.
    func other(than slug: String, named name: String) -> Runbook? {
        slugs.lazy.filter { $0 != slug }.compactMap { try? runbook(slug: $0) }
            .first { $0.name.lowercased() == name.lowercased() }
    }

    /// One that is not there yet, with a slug of its own.
    func new(named name: String) throws -> Runbook {
        let wanted = Slugs.slug(of: name)
        // The project's own slug stands for its process where both may be named.
        let taken = Set(slugs).union(former.keys).union([reading.project.slug])
        let slug = ([wanted] + (1...).lazy.prefix(GitRepository.mostFiles * 2).map { "\(wanted)-\($0)" })
            .first { !taken.contains($0) }
        guard let slug else { throw APIProblem.invalid("Name: there are too many runbooks named like this.") }
        return try complete(
            slug,
            reading.resources.kind(.runbooks).filled([:]),
            reading.resources.kind(.runbookProcesses).filled([:])
        )
    }

    // MARK: Reading

    private var slugs: [String] { Self.slugs(in: reading.snapshot) }

    /// Of the files of runbooks that are there, whether they can be read or not.
    static func slugs(in snapshot: GitSnapshot) -> [String] {
        snapshot.runbooks.keys.filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }
    }

    private func runbook(slug: String) throws -> Runbook {
        let file = Self.file(slug)
        let (body, process) = try reading.reading(file) {
            guard slug == Slugs.slug(of: slug) else {
                throw OCLError("the name of the file is no slug; a runbook of this name is \(Slugs.slug(of: slug)).ocl")
            }
            var text = try OCLBody.parse(reading.snapshot.runbooks[slug + Self.ending]?.bytes ?? [])
            let steps = text.blocks.filter { $0.name == Self.process }
            guard steps.count <= 1 else { throw OCLError("\(Self.process) is given twice") }
            text.blocks.removeAll { $0.name == Self.process }
            let runbook = try OCLMapping(reading.resources.kind(.runbooks)).decode(text)
            guard runbook.text("Name")?.isEmpty == false else { throw OCLError("\"name\" is missing") }
            let process = OCLMapping(try reading.resources.kind(.runbookProcesses))
            return (runbook, try process.decode(steps.first?.body ?? OCLBody()))
        }
        return try complete(slug, body, process)
    }

    /// Puts in what a file does not say.
    private func complete(_ slug: String, _ body: JSON, _ process: JSON) throws -> Runbook {
        let (kind, processes) = (try reading.resources.kind(.runbooks), try reading.resources.kind(.runbookProcesses))
        let former = former[slug]
        let id = former?.id ?? slug
        let processID = processes.id(ofOwner: id) ?? id
        var references = GitReferences(
            reader: reading.reader,
            resources: reading.resources,
            space: reading.project.document.space,
            project: reading.project.id
        )
        references.within = ["runbook", slug]
        let space = JSON(reading.project.document.space)
        var runbook = Runbook(slug: slug, body: body, process: process)
        runbook.body["Id"] = .string(id)
        runbook.body["SpaceId"] = space
        runbook.body["Slug"] = .string(slug)
        runbook.body["ProjectId"] = .string(reading.project.id)
        runbook.body["RunbookProcessId"] = .string(processID)
        runbook.body["PublishedRunbookSnapshotId"] = .null
        runbook.body = try references.toIDs(runbook.body, kind)

        runbook.process["Version"] = .int(Self.version(of: process))
        runbook.process["Id"] = .string(processID)
        runbook.process["SpaceId"] = space
        runbook.process["ProjectId"] = .string(reading.project.id)
        runbook.process["RunbookId"] = .string(id)
        let earlier = try reading.stored(.runbookProcesses, processID)?.body
        GitReading.setPartIDs(&runbook.process, references, former: former == nil ? nil : earlier)
        references.actions = GitReading.actionSlugs(runbook.process)
        runbook.process = try references.toIDs(runbook.process, processes)
        return runbook
    }

    /// Follows from the steps alone: whoever changed the runbook's own settings has not read another process.
    private static func version(of process: JSON) -> Int {
        SHA256.hash(data: process.canonicalBytes).prefix(3).reduce(0) { $0 << 8 | Int($1) } + 1
    }
}
