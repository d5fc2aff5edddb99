import Catalog

/// The package that an action deploys is told in two places, for old and for new clients: three properties, and the
/// entry of `Packages` whose name is empty. They must agree (contract, 9.5).
enum PrimaryPackage {
    static let packageID = "Octopus.Action.Package.PackageId"
    static let feedID = "Octopus.Action.Package.FeedId"
    static let onTarget = "Octopus.Action.Package.DownloadOnTentacle"

    /// Fills the place that is missing from the one that is there; the entry wins where both are.
    static func align(_ action: inout JSON, newID: () -> String) {
        var packages = action["Packages"]?.arrayValue ?? []
        for index in packages.indices where packages[index].objectValue != nil {
            if (packages[index]["Id"]?.stringValue ?? "").isEmpty { packages[index]["Id"] = .string(newID()) }
            if packages[index]["Properties"]?.objectValue == nil { packages[index]["Properties"] = [:] }
        }
        if let primary = packages.first(where: isPrimary) {
            action["Properties"] = withProperties(action["Properties"] ?? [:], of: primary)
        } else if let entry = entry(from: action["Properties"] ?? [:], newID: newID) {
            packages.insert(entry, at: 0)
        }
        action["Packages"] = .array(packages)
    }

    static func isPrimary(_ package: JSON) -> Bool {
        package.objectValue != nil && (package["Name"]?.stringValue ?? "").isEmpty
    }

    private static func withProperties(_ properties: JSON, of primary: JSON) -> JSON {
        var properties = properties
        if let id = primary["PackageId"]?.stringValue { properties[packageID] = .string(id) }
        if let feed = primary["FeedId"]?.stringValue { properties[feedID] = .string(feed) }
        switch primary["AcquisitionLocation"]?.stringValue {
        case "ExecutionTarget": properties[onTarget] = "True"
        case "Server", "NotAcquired": properties[onTarget] = "False"
        // An expression decides when the action runs.
        default: break
        }
        return properties
    }

    private static func entry(from properties: JSON, newID: () -> String) -> JSON? {
        guard let id = properties[packageID]?.stringValue, !id.isEmpty else { return nil }
        let isOnTarget = properties[onTarget]?.stringValue?.lowercased() == "true"
        return [
            "Id": .string(newID()), "Name": "", "PackageId": .string(id),
            "FeedId": JSON(properties[feedID]?.stringValue),
            "AcquisitionLocation": isOnTarget ? "ExecutionTarget" : "Server",
            "Properties": ["SelectionMode": "immediate"],
        ]
    }
}
