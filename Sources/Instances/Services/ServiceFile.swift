import Catalog

/// What the supervisor is asked for one instance: a file beside the registry, which outlives the machine's restart as
/// an enabled unit does.
struct ServiceFile: Sendable, Hashable {
    var slug: String
    var user: String
    /// Whether the instance is to run.
    var isWanted: Bool
    /// Counts the requests to start, so that the supervisor knows a new one from one that it has given up on.
    var request: Int

    private var bytes: [UInt8] {
        let json: JSON = [
            "slug": .string(slug), "user": .string(user), "wanted": .bool(isWanted), "request": .int(request),
        ]
        return json.bytes + [0x0A]
    }

    /// - Returns: nil when the instance has no service.
    /// - Throws: ``InstanceError/broken(name:path:reason:)`` for a damaged file.
    static func read(_ slug: String, in registry: InstanceRegistry) throws(InstanceError) -> ServiceFile? {
        let path = registry.serviceFile(slug)
        guard let bytes = try DurableFile.read(path) else { return nil }
        guard let json = try? JSON.parse(bytes), json["slug"]?.stringValue == slug,
            let isWanted = json["wanted"]?.boolValue
        else {
            throw .fileProblem(
                path: path,
                action: "read",
                reason: "it is damaged; renew it with \(Program.name) service --install --instance \(slug)"
            )
        }
        return ServiceFile(
            slug: slug,
            user: json["user"]?.stringValue ?? "",
            isWanted: isWanted,
            request: json["request"]?.intValue ?? 0
        )
    }

    func write(in registry: InstanceRegistry) throws(InstanceError) {
        try Directories.make(registry.serviceDirectory, mode: 0o755)
        try DurableFile.write(bytes, to: registry.serviceFile(slug), mode: 0o644)
    }
}

extension InstanceRegistry {
    var serviceDirectory: String { "\(paths.configurationRoot)/\(kind.rawValue)/services" }

    func serviceFile(_ slug: String) -> String { "\(serviceDirectory)/\(slug).json" }

    /// The slugs of all instances that have a service of the supervisor.
    func servedSlugs() throws(InstanceError) -> [String] {
        try Directories.names(in: serviceDirectory)
            .filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
            .map { String($0.dropLast(".json".count)) }
    }
}
