import Catalog

/// What a project keeps in Git, joined to what its server keeps in the database, as if all of it were in the database;
/// and taken apart again to be written.
enum GitDocuments {
    private static var settings: [(settings: String, project: String)] { DeploymentSettingsFields.shared }

    // MARK: Joining

    static func project(_ project: JSON, settings branch: JSON) -> JSON {
        var result = project
        for field in settings { result[field.project] = branch[field.settings] ?? .null }
        return result
    }

    /// Servers name the documents of a branch in their own ways; here they have the names of the database.
    static func process(_ branch: JSON, of project: JSON) -> JSON {
        var result = branch
        result["Id"] = project["DeploymentProcessId"] ?? .null
        result["ProjectId"] = project["Id"] ?? .null
        return result
    }

    /// Sensitive variables stay in the database; the `Version` is that of the branch.
    static func variables(_ branch: JSON, database: JSON) -> JSON {
        var result = database
        result["Version"] = branch["Version"] ?? .null
        result["ScopeValues"] = branch["ScopeValues"] ?? database["ScopeValues"] ?? .null
        result["Variables"] = .array(variables(of: branch, sensitive: false) + variables(of: database, sensitive: true))
        return result
    }

    static func variables(of set: JSON, sensitive: Bool) -> [JSON] {
        (set["Variables"]?.arrayValue ?? []).filter { ($0["Type"] == "Sensitive") == sensitive }
    }

    // MARK: Comparing

    /// What of a document the repository holds, without the ids that a server gives to its parts.
    static func content(of document: JSON, _ kind: KindName) -> JSON {
        switch kind {
        case .projects: .array(settings.map { document[$0.project] ?? .null })
        case .variableSets: withoutIDs(.array(variables(of: document, sensitive: false)))
        case .runbooks: runbook(document)
        default: withoutIDs(document["Steps"] ?? .null)
        }
    }

    /// A document with what the repository holds of another one.
    static func replacingContent(of document: JSON, by other: JSON, _ kind: KindName) -> JSON {
        var result = document
        switch kind {
        case .projects: for field in settings { result[field.project] = other[field.project] ?? .null }
        case .variableSets:
            result["Variables"] = .array(
                variables(of: other, sensitive: false) + variables(of: document, sensitive: true)
            )
        default: result = other
        }
        return result
    }

    private static func runbook(_ document: JSON) -> JSON {
        var result = document
        for name in ["Links", "LastModifiedOn", "LastModifiedBy", "PublishedRunbookSnapshotId"] { result[name] = nil }
        return withoutIDs(result)
    }

    private static func withoutIDs(_ json: JSON) -> JSON {
        switch json {
        case .array(let elements): .array(elements.map(withoutIDs))
        case .object(let members):
            .object(JSONObject(members.filter { $0.key != "Id" }.map { ($0.key, withoutIDs($0.value)) }))
        default: json
        }
    }

    // MARK: Taking apart

    /// - Parameter current: the settings at the branch.
    /// - Returns: the settings with the values of `project`.
    static func settings(_ current: JSON, from project: JSON) -> JSON {
        var result = current
        for field in settings { result[field.settings] = project[field.project] ?? .null }
        return result
    }

    /// - Parameter current: the project in the database.
    /// - Returns: `project` without what belongs to its settings.
    static func database(_ current: JSON, from project: JSON) -> JSON {
        var result = project
        for field in settings { result[field.project] = current[field.project] ?? .null }
        return result
    }
}
