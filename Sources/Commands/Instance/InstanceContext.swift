import Foundation
import Instances

/// The instance that a command line is for.
struct InstanceContext {
    let registry: InstanceRegistry
    let record: InstanceRecord

    init(registry: InstanceRegistry, record: InstanceRecord) {
        self.registry = registry
        self.record = record
    }

    /// - Throws: ``InstanceError`` when no instance, or no single one, is meant.
    init(_ options: InstanceOptions) throws { try self.init(named: options.instance) }

    /// - Parameter name: the value of `--instance`, if it was given.
    init(named name: String?) throws {
        registry = try Self.registry()
        if name == "*" {
            throw CommandFailure(.usage, "This command is for one instance. Name it with --instance.")
        }
        let resolved = try registry.resolve(
            option: name,
            variable: ProcessInfo.processInfo.environment["SKERRY_INSTANCE"]
        )
        if let notice = resolved.notice { Console.note(notice) }
        record = resolved.record
    }

    static func registry() throws -> InstanceRegistry {
        InstanceRegistry(paths: try InstancePaths.current(), kind: Program.kind)
    }

    /// How this instance is named on a command line: nothing for the default one.
    var option: String { record.isDefault ? "" : " --instance \(record.slug)" }
}
