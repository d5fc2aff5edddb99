import Catalog
import Instances

/// How far an upgrade is, written down before each step, so that whoever comes next can take it back.
struct UpgradeJournal: Sendable, Hashable {
    enum Phase: String, Sendable, Hashable, CaseIterable {
        case copying, stopping, saving, migrating, switching, starting
        /// All is well: what is left to do is tidying up.
        case done
    }

    struct Item: Sendable, Hashable {
        var kind: InstanceKind
        var slug: String
        var wasRunning: Bool
        /// Steps of the schema that its database lacks.
        var pending: Int
    }

    var phase: Phase
    var from: String?
    var to: String
    /// The new version was there before the upgrade.
    var wasInstalled: Bool
    var items: [Item]
    /// What ran beside the instances and has to be at the same version.
    var companions: [Companion] = []

    static func file(_ paths: InstancePaths) -> String { "\(paths.programsRoot)/.upgrade.json" }

    static func read(_ paths: InstancePaths) throws -> UpgradeJournal? {
        guard let bytes = try DurableFile.read(file(paths)) else { return nil }
        let json = try JSON.parse(bytes)
        guard let phase = json["phase"]?.stringValue.flatMap(Phase.init), let to = json["to"]?.stringValue,
            let items = json["instances"]?.arrayValue
        else { throw UpgradeError.step("read \(file(paths))", reason: "it is damaged") }
        return UpgradeJournal(
            phase: phase,
            from: json["from"]?.stringValue,
            to: to,
            wasInstalled: json["wasInstalled"]?.boolValue ?? true,
            items: items.compactMap { item in
                guard let kind = item["kind"]?.stringValue.flatMap(InstanceKind.init),
                    let slug = item["slug"]?.stringValue
                else { return nil }
                return Item(
                    kind: kind,
                    slug: slug,
                    wasRunning: item["wasRunning"]?.boolValue ?? false,
                    pending: item["pending"]?.intValue ?? 0
                )
            },
            companions: (json["companions"]?.stringsValue ?? []).compactMap(Companion.init(name:))
        )
    }

    func write(_ paths: InstancePaths) throws {
        var json: JSON = [
            "phase": .string(phase.rawValue), "to": .string(to), "wasInstalled": .bool(wasInstalled),
            "instances": .array(
                items.map {
                    [
                        "kind": .string($0.kind.rawValue), "slug": .string($0.slug),
                        "wasRunning": .bool($0.wasRunning), "pending": .int($0.pending),
                    ]
                }
            ),
            "companions": JSON(companions.map(\.name)),
        ]
        if let from { json["from"] = .string(from) }
        try Directories.make(paths.programsRoot, mode: 0o755)
        try DurableFile.write(json.bytes, to: Self.file(paths), mode: 0o644)
    }

    static func remove(_ paths: InstancePaths) throws { try DurableFile.remove(file(paths)) }
}
