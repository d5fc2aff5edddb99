import Catalog
import Store

/// The deployment settings of a project: the same values as the project's own, seen through another document.
enum DeploymentSettings {
    private static var shared: [(settings: String, project: String)] { DeploymentSettingsFields.shared }
    /// Kept with the project under their own names.
    static let settingsOnly = ["FailTargetDiscovery", "CancelQueuedTasks", "CancelRunningTasks"]

    static func of(_ project: Stored, catalog: Catalog) -> JSON {
        let id = project.id
        var settings: JSON = [
            "Id": JSON(catalog[.deploymentSettings]?.id(ofOwner: id)), "SpaceId": JSON(project.document.space),
            "ProjectId": .string(id),
        ]
        for field in shared { settings[field.settings] = project.body.member(field.project) }
        for field in settingsOnly { settings[field] = .bool(project.body.flag(field)) }
        settings["LastModifiedOn"] = project.body.member("LastModifiedOn")
        settings["LastModifiedBy"] = project.body.member("LastModifiedBy")
        let path = "/api/\(project.document.space ?? "")/projects/\(id)/deploymentsettings"
        settings["Links"] = ["Self": .string(path)]
        return settings
    }

    /// Takes the settings out of a project that keeps them in Git: defaults are left, and no versioning strategy.
    static func leave(_ project: inout JSON) {
        let defaults = Kind.projectDefaults
        for field in shared { project[field.project] = defaults[field.project] ?? .null }
        for field in settingsOnly { project[field] = false }
        project["VersioningStrategy"] = .null
    }

    /// - Throws: `APIProblem` when a write of a project that keeps its settings in Git would change one of them.
    static func refuseChanges(of project: inout JSON, id: String) throws {
        let defaults = Kind.projectDefaults
        for field in shared where project[field.project].map({ $0.isNull || $0 == defaults[field.project] }) == false {
            throw APIProblem.invalid(
                "\(field.project): this project keeps its deployment settings in Git. Change them with PUT "
                    + "projects/\(id)/{branch}/deploymentsettings, and leave the field at its default here."
            )
        }
        project["VersioningStrategy"] = .null
    }

    /// A PUT of the settings, as a change of the project. An absent field takes its default.
    static func write(_ sent: JSON, to project: inout JSON) {
        for field in shared {
            project[field.project] = sent.objectValue?[caseless: field.settings]
        }
        for field in settingsOnly {
            project[field] = sent.objectValue?[caseless: field] ?? false
        }
    }
}

extension Kind {
    /// A project in which nothing was given.
    fileprivate static var projectDefaults: JSON { Catalog.standard[.projects]?.filled([:]) ?? [:] }
}
