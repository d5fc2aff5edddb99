import ArgumentParser
import Catalog
import Instances
import Store

struct SelftestCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "Say whether this version could run every instance of this machine; changes nothing.",
        discussion: """
            Reads each configuration and master key, and compares the schema of each database with its own. An upgrade \
            asks the new version for this before it touches anything.

            Example:
              skerry selftest
            """
    )

    @OptionGroup var output: OutputOptions

    private struct Finding {
        var kind: InstanceKind
        var record: InstanceRecord
        var problem: String?
        /// Steps of the schema that the database lacks.
        var pending = 0
    }

    func perform() async throws -> CommandResult {
        let paths = try InstancePaths.current()
        var findings: [Finding] = []
        for kind in InstanceKind.allCases {
            let registry = InstanceRegistry(paths: paths, kind: kind)
            for record in try registry.records() { findings.append(await look(at: record, registry)) }
        }
        let bad = findings.filter { $0.problem != nil }
        return CommandResult(
            code: bad.isEmpty ? SkerryExit.ok.rawValue : SkerryExit.failed.rawValue,
            message: bad.isEmpty
                ? "This version can run every instance."
                : "\(bad.count) of \(findings.count) instances have a problem.",
            text: findings.isEmpty ? nil : findings.map(Self.text).joined(separator: "\n"),
            instances: findings.map { .init(name: $0.record.name, ok: $0.problem == nil, message: $0.problem ?? "") },
            data: .array(
                findings.map {
                    [
                        "kind": .string($0.kind.rawValue), "slug": .string($0.record.slug), "pending": .int($0.pending),
                        "problem": $0.problem.map(JSON.string) ?? .null,
                    ]
                }
            )
        )
    }

    private func look(at record: InstanceRecord, _ registry: InstanceRegistry) async -> Finding {
        var finding = Finding(kind: registry.kind, record: record)
        do {
            guard registry.kind == .server else {
                _ = try registry.settings(of: record)
                return finding
            }
            let context = InstanceContext(registry: registry, record: record)
            finding.pending = try await PreparedInstance(context).pendingMigrations()
        } catch {
            finding.problem = "\(error)"
        }
        return finding
    }

    private static func text(_ finding: Finding) -> String {
        if let problem = finding.problem { return "\(finding.record.name): \(Console.painted(problem, .red))" }
        return "\(finding.record.name): ok" + (finding.pending > 0 ? ", its database will be migrated" : "")
    }
}

extension PreparedInstance {
    /// How many steps of the schema the database lacks; 0 when there is none yet.
    ///
    /// - Throws: ``MigrationError/newerSchema(found:known:)``.
    func pendingMigrations() async throws -> Int {
        guard let schema = try await DatabaseCopy.schema(of: settings.databasePath) else { return 0 }
        guard schema <= DocumentStore.newestSchema else {
            throw MigrationError.newerSchema(found: schema, known: DocumentStore.newestSchema)
        }
        return DocumentStore.newestSchema - schema
    }
}
