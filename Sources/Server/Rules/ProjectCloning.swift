import Catalog
import Store

/// Makes a project like another: its settings, process, variables with their secrets, channels, runbooks and triggers.
///
/// Steps, actions and variables keep their ids, which are unique inside their owner only; what names the old project,
/// its channels or its runbooks names the new ones.
struct ProjectCloning {
    private let source: Stored
    private let context: WriteContext
    private let copy: SecretCopy

    init(of source: String, in context: WriteContext) throws {
        self.source = try context.get(.projects, source)
        self.context = context
        copy = SecretCopy(in: context)
    }

    /// - Parameters:
    ///   - sent: what the new project has of its own: name, group, lifecycle, description.
    ///   - retainsTenants: link the tenants of the source to the new project too.
    func perform(_ sent: JSON, retainsTenants: Bool) throws -> Stored {
        var body = source.body
        for name in ["Slug", "Clone", "Icon"] { body[name] = nil }
        // Runbooks that do not exist yet; named again once they do.
        for name in ["ProvisioningRunbookId", "DeprovisioningRunbookId"] { body[name] = .null }
        body["ReleaseCreationStrategy"] = [:]
        body["AutoCreateRelease"] = false
        for name in ["Name", "ProjectGroupId", "LifecycleId", "Description", "IsDisabled", "SpaceId"] {
            if !sent.isAbsent(name) { body[name] = sent[name] }
        }
        let project = try context.create(.projects, body, inSpace: source.document.space)
        var ids = [source.id: project.id]
        try copyChannels(to: project.id, ids: &ids)
        try copyRunbooks(to: project.id, ids: &ids)
        try copy.copy(.deploymentProcesses, "Steps", fromOwner: source.id, toOwner: project.id, ids: ids)
        for (old, new) in ids.sorted(by: { $0.key < $1.key }) where old.hasPrefix("Runbooks-") {
            try copy.copy(.runbookProcesses, "Steps", fromOwner: old, toOwner: new, ids: ids)
        }
        try copy.copy(.variableSets, "Variables", fromOwner: source.id, toOwner: project.id, ids: ids)
        try copyTriggers(ids: ids)
        if retainsTenants { try linkTenants(to: project.id) }
        try settle(project.id, ids: ids)
        return try context.get(.projects, project.id)
    }

    private func copyChannels(to project: String, ids: inout [String: String]) throws {
        let own = try context.all(.channels, inSpace: source.document.space, owner: project)
        guard let made = own.first else { return }
        for channel in try context.all(.channels, inSpace: source.document.space, owner: source.id) {
            var body = channel.body
            body["ProjectId"] = .string(project)
            if channel.body.flag("IsDefault") {
                body["Id"] = .string(made.id)
                body["Slug"] = nil
                ids[channel.id] = try context.resources.replace(.channels, made.id, with: body, in: context).id
            } else {
                ids[channel.id] = try context.create(.channels, body).id
            }
        }
    }

    private func copyRunbooks(to project: String, ids: inout [String: String]) throws {
        for runbook in try context.all(.runbooks, inSpace: source.document.space, owner: source.id) {
            var body = runbook.body
            body["ProjectId"] = .string(project)
            body["PublishedRunbookSnapshotId"] = .null
            ids[runbook.id] = try context.create(.runbooks, body).id
        }
    }

    private func copyTriggers(ids: [String: String]) throws {
        for trigger in try context.all(.triggers, inSpace: source.document.space, owner: source.id) {
            try context.create(.triggers, copy.body(of: trigger, ids: ids))
        }
    }

    private func linkTenants(to project: String) throws {
        for tenant in try context.all(.tenants, inSpace: source.document.space) {
            guard let environments = tenant.body["ProjectEnvironments"]?[source.id] else { continue }
            try context.update(.tenants, tenant.id) { body in
                var links = body.member("ProjectEnvironments")
                links[project] = environments
                body["ProjectEnvironments"] = links
            }
        }
    }

    /// What could be said only once channels, runbooks and steps were there.
    private func settle(_ project: String, ids: [String: String]) throws {
        let translated = try copy.body(of: source, ids: ids)
        try context.update(.projects, project) { body in
            for name in [
                "ProvisioningRunbookId", "DeprovisioningRunbookId", "ReleaseCreationStrategy", "AutoCreateRelease",
            ] { body[name] = translated[name] }
        }
        try context.amend(.projects, project) { $0["ClonedFromProjectId"] = .string(source.id) }
    }
}
