public import Catalog

/// Whether a change of one document can matter to others than its own project or tenant.
///
/// What sync decides about a document depends on others by little: that they exist, what they are called, what their
/// parts are called and have for ids, which variables they define and use. As long as none of that changed, a plan about
/// the project or tenant alone is the plan about everything, restricted to it.
public enum ContainedChange {
    /// Kinds that a plan about a project or a tenant alone is made for.
    public static let kinds: Set<KindName> = [
        .projects, .channels, .deploymentProcesses, .runbooks, .runbookProcesses, .triggers, .variableSets,
        .tenantVariables,
    ]

    /// - Parameters:
    ///   - before: the document as the server sent it when both sides were in step.
    ///   - sharesNames: the project includes library sets, whose values may need the names that it defines or uses.
    public static func isContained(_ kind: KindName, before: JSON, after: JSON, sharesNames: Bool) -> Bool {
        guard kinds.contains(kind) else { return false }
        guard interface(kind, before) == interface(kind, after) else { return false }
        guard sharesNames else { return true }
        return names(kind, before) == names(kind, after)
    }

    /// What others can depend on.
    private static func interface(_ kind: KindName, _ document: JSON) -> [JSON] {
        let fields: [String]
        switch kind {
        case .projects:
            fields = [
                "Id", "Name", "Slug", "Templates", "IncludedLibraryVariableSetIds", "VariableSetId",
                "DeploymentProcessId", "PersistenceSettings", "IsVersionControlled", "ProjectGroupId", "LifecycleId",
            ]
        case .channels: fields = ["Id", "Name", "ProjectId", "LifecycleId", "IsDefault", "TenantTags"]
        case .runbooks: fields = ["Id", "Name", "ProjectId", "RunbookProcessId"]
        case .variableSets: fields = ["Id", "OwnerId"]
        case .tenantVariables: return [templates(document)]
        default: fields = ["Id", "Name", "ProjectId"]
        }
        // The link of a logo changes with the picture, which is a document of its own.
        return fields.map { document[$0] ?? .null } + [document["Links"]?["Logo"] ?? .null]
    }

    /// The templates that a tenant has to answer come from its projects and sets.
    private static func templates(_ document: JSON) -> JSON {
        var found: [JSON] = [document["TenantId"] ?? .null]
        for group in ["ProjectVariables", "LibraryVariables"] {
            for (owner, member) in document[group]?.objectValue ?? [:] {
                found += [.string(owner), member["Templates"] ?? .null]
            }
        }
        return .array(found)
    }

    /// Names of variables that the document defines or uses.
    private static func names(_ kind: KindName, _ document: JSON) -> Set<String> {
        switch kind {
        case .variableSets:
            return Set((document["Variables"]?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue })
        case .deploymentProcesses, .runbookProcesses:
            var names = Set<String>()
            collect(document, into: &names)
            return names
        default: return []
        }
    }

    private static func collect(_ value: JSON, into names: inout Set<String>) {
        switch value {
        case .string(let text): names.formUnion(VariableReferences.names(in: text))
        case .array(let elements): for element in elements { collect(element, into: &names) }
        case .object(let object): for (_, member) in object { collect(member, into: &names) }
        case .null, .bool, .int, .decimal: break
        }
    }
}

extension Plan {
    /// This plan, in which nothing was to be done, with what a plan about some documents alone says about them.
    ///
    /// - Parameter keys: the documents by their names on both sides.
    public func replacing(_ keys: Set<EntityKey>, by part: Plan) -> Plan {
        var result = part
        result.conflicts = part.conflicts.filter { keys.contains($0.key) }
        let isAbout = { (key: EntityKey?) in key.map(keys.contains) ?? false }
        result.notices = notices.filter { !isAbout($0.key) } + part.notices.filter { isAbout($0.key) }
        result.skipped = skipped.filter { !keys.contains($0.key) } + part.skipped.filter { keys.contains($0.key) }
        result.secrets = secrets.filter { !keys.contains($0.key) } + part.secrets.filter { keys.contains($0.key) }
        result.sortEntries()
        return result
    }

    mutating func sortEntries() {
        notices.sort { left, right in
            let (one, other) = (left.key ?? EntityKey(""), right.key ?? EntityKey(""))
            if one != other { return one < other }
            return (left.path, left.code, left.message) < (right.path, right.code, right.message)
        }
        skipped.sort { left, right in
            left.key == right.key ? (left.path, left.code) < (right.path, right.code) : left.key < right.key
        }
        secrets.sort { $0.key == $1.key ? $0.path < $1.path : $0.key < $1.key }
    }
}
