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

    /// Whether there was nothing of its name before it was created: no home, configuration or key that it took over.
    public internal(set) var isNew = false
    /// A rename that was begun and is not ended.
    var renaming: Renaming?

    public internal(set) var isDefault = false

    var json: JSON {
        var json: JSON = [
            "name": .string(name), "slug": .string(slug), "default": .bool(defaultRank > 0),
            "defaultRank": .int(defaultRank), "config": .string(configurationFile), "home": .string(home),
            "user": .string(user),
        ]
        if isNew { json["new"] = true }
        if let renaming { json["renaming"] = renaming.json }
        return json
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
        isNew = json["new"] == true
        renaming = json["renaming"].flatMap(Renaming.init)
    }
}

/// What has to be known to complete the rename of an instance whose service was removed for it.
struct Renaming: Sendable, Hashable {
    /// The slug before.
    var from: String
    /// The new name, as people write it.
    var to: String
    /// Of the service before.
    var duty: ServiceDuty

    init(from: String, to: String, duty: ServiceDuty) {
        self.from = from
        self.to = to
        self.duty = duty
    }

    init?(_ json: JSON) {
        guard let from = json["from"]?.stringValue, let to = json["to"]?.stringValue else { return nil }
        self.init(
            from: from,
            to: to,
            duty: ServiceDuty(isRunning: json["running"] == true, isEnabled: json["enabled"] == true)
        )
    }

    var json: JSON {
        [
            "from": .string(from), "to": .string(to), "running": .bool(duty.isRunning),
            "enabled": .bool(duty.isEnabled),
        ]
    }
}
