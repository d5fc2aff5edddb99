import Foundation
import Instances

/// The instance that a command line is for.
struct InstanceContext {
    let registry: InstanceRegistry
    let record: InstanceRecord

    /// - Throws: ``InstanceError`` when no instance, or no single one, is meant.
    init(_ options: InstanceOptions) throws {
        registry = try Self.registry()
        if options.instance == "*" {
            throw CommandFailure(.failed, "--instance '*' (all instances) is not supported yet. Name one instance.")
        }
        let resolved = try registry.resolve(
            option: options.instance,
            variable: ProcessInfo.processInfo.environment["SKERRY_INSTANCE"]
        )
        if let notice = resolved.notice { Console.note(notice) }
        record = resolved.record
    }

    static func registry() throws -> InstanceRegistry { InstanceRegistry(paths: try InstancePaths.current()) }

    /// How this instance is named on a command line: nothing for the default one.
    var option: String { record.isDefault ? "" : " --instance \(record.slug)" }
}
