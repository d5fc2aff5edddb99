import Catalog

/// The registry's entry for one instance: one file, readable by everybody, without secrets.
public struct InstanceRecord: Sendable, Hashable {
    public var name: String
    public var slug: String
    /// Not 0 when this is the default instance; should a power cut leave two, the higher one counts.
    var defaultRank: Int
    public var configurationFile: String
    public var home: String
    /// The user that the instance runs as.
    public var user: String

    public internal(set) var isDefault = false

    var json: JSON {
        [
            "name": .string(name), "slug": .string(slug), "default": .bool(defaultRank > 0),
            "defaultRank": .int(defaultRank), "config": .string(configurationFile), "home": .string(home),
            "user": .string(user),
        ]
    }

    init(name: InstanceName, defaultRank: Int, configurationFile: String, home: String, user: String) {
        self.name = name.display
        self.slug = name.slug
        self.defaultRank = defaultRank
        self.configurationFile = configurationFile
        self.home = home
        self.user = user
    }

    init(bytes: [UInt8], path: String, slug: String) throws(InstanceError) {
        func broken(_ reason: String) -> InstanceError { .broken(name: slug, path: path, reason: reason) }
        let json: JSON
        do {
            json = try JSON.parse(bytes)
        } catch {
            throw broken("is damaged (\(error))")
        }
        guard let name = json["name"]?.stringValue, let config = json["config"]?.stringValue,
            let home = json["home"]?.stringValue
        else { throw broken("lacks name, config or home") }
        guard json["slug"]?.stringValue == slug else { throw broken("names another slug than its file") }
        self.name = name
        self.slug = slug
        self.defaultRank = json["defaultRank"]?.intValue ?? 0
        self.configurationFile = config
        self.home = home
        self.user = json["user"]?.stringValue ?? ""
    }
}
