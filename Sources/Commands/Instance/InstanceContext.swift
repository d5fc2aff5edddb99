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

    /// - Parameters:
    ///   - name: the value of `--instance`, if it was given.
    ///   - newName: what the instance is to be called; it may have been renamed so before it was cut off.
    init(named name: String?, renamedTo newName: String? = nil) throws {
        registry = try Self.registry()
        if name == "*" {
            throw CommandFailure(.usage, "This command is for one instance. Name it with --instance.")
        }
        let variable = ProcessInfo.processInfo.environment["SKERRY_INSTANCE"]
        let resolved =
            if let newName {
                try registry.resolveForRename(option: name, variable: variable, to: newName)
            } else {
                try registry.resolve(option: name, variable: variable)
            }
        if let notice = resolved.notice { Console.note(notice) }
        record = resolved.record
    }

    static func registry() throws -> InstanceRegistry {
        InstanceRegistry(paths: try InstancePaths.current(), kind: Program.kind)
    }

    /// How this instance is named on a command line: nothing for the default one.
    var option: String { record.isDefault ? "" : " --instance \(record.slug)" }
}
