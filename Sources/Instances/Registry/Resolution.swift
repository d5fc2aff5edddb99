import Foundation

/// Which instance a command is for.
public struct ResolvedInstance: Sendable, Hashable {
    public var record: InstanceRecord
    /// Something the person should know, to be printed on standard error.
    public var notice: String?
}

extension InstanceRegistry {
    /// Finds the instance that a command is for: by `--instance`, then by `SKERRY_INSTANCE`, then the default one.
    ///
    /// Without a default, a single instance is used, with a notice. The current directory never matters.
    /// - Parameters:
    ///   - option: the value of `--instance`.
    ///   - variable: the value of `SKERRY_INSTANCE`.
    /// - Throws: ``InstanceError/unknown(name:registered:)``, ``InstanceError/noInstance``,
    ///   ``InstanceError/ambiguous(registered:)``.
    public func resolve(option: String?, variable: String?) throws(InstanceError) -> ResolvedInstance {
        let records = try records()
        if let option { return ResolvedInstance(record: try find(option, in: records)) }
        if let variable, !variable.isEmpty { return ResolvedInstance(record: try find(variable, in: records)) }
        if let record = records.first(where: \.isDefault) { return ResolvedInstance(record: record) }
        guard let only = records.first else { throw .noInstance }
        guard records.count == 1 else { throw .ambiguous(registered: records.map(\.name)) }
        return ResolvedInstance(
            record: only,
            notice: "No instance is the default; using \"\(only.name)\", the only one."
        )
    }

    /// The registered instance of that name, or of a name with the same slug.
    func find(_ name: String, in records: [InstanceRecord]) throws(InstanceError) -> InstanceRecord {
        let slug = (try? InstanceName(name))?.slug ?? ""
        guard let record = records.first(where: { $0.slug == slug }) else {
            throw .unknown(name: String(name.prefix(InstanceName.longestName)), registered: records.map(\.name))
        }
        return record
    }

    /// Reads a server instance's configuration file.
    public func configuration(of record: InstanceRecord) throws(InstanceError) -> InstanceConfiguration {
        guard case .server(let configuration) = try settings(of: record) else { throw wrongKind(record) }
        return configuration
    }

    /// Reads an agent instance's configuration file.
    public func agentConfiguration(of record: InstanceRecord) throws(InstanceError) -> AgentConfiguration {
        guard case .agent(let configuration) = try settings(of: record) else { throw wrongKind(record) }
        return configuration
    }

    private func wrongKind(_ record: InstanceRecord) -> InstanceError {
        .broken(name: record.name, path: record.configurationFile, reason: "is that of an instance of another kind")
    }

    /// Reads an instance's configuration file.
    ///
    /// - Throws: ``InstanceError/broken(name:path:reason:)`` when it is missing or cannot be understood,
    ///   ``InstanceError/noPermission(path:action:user:)``.
    public func settings(of record: InstanceRecord) throws(InstanceError) -> InstanceSettings {
        let path = record.configurationFile
        do throws(InstanceError) {
            guard let configuration = try readSettings(path) else {
                throw InstanceError.broken(name: record.name, path: path, reason: "is missing")
            }
            return configuration
        } catch .noPermission {
            throw .noPermission(path: path, action: "read", user: record.user)
        } catch .badConfiguration(_, let problems) {
            let list = problems.map { "\n  - \($0)" }.joined()
            throw .broken(name: record.name, path: path, reason: "is not valid:\(list)")
        }
    }

    /// - Returns: nil when there is no such file.
    func readSettings(_ path: String) throws(InstanceError) -> InstanceSettings? {
        guard let bytes = try DurableFile.read(path) else { return nil }
        return try InstanceSettings(kind: kind, bytes: bytes, path: path)
    }
}
