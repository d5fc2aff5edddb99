import Catalog

/// The links of a project that depend on where it is kept.
enum GitLinks {
    static func add(to project: inout JSON) {
        guard let own = project.member("Links").text("Self") else { return }
        let root = own.split(separator: "?").first.map(String.init) ?? own
        var links = project.member("Links")
        guard let settings = GitSettings(project: project) else {
            links["ConvertToVcs"] = .string("\(root)/git/convert")
            links["ConvertToGit"] = .string("\(root)/git/convert")
            project["Links"] = links
            return
        }
        for (name, path) in [
            ("Branches", "git/branches{/name}{?skip,take,searchByName,refresh}"),
            ("Tags", "git/tags{/name}{?skip,take,searchByName,refresh}"), ("Commits", "git/commits{/hash}"),
            ("DeploymentProcess", "{gitRef}/deploymentprocesses"),
            ("DeploymentSettings", "{gitRef}/deploymentsettings"),
        ] {
            links[name] = .string("\(root)/\(path)")
        }
        if settings.holdsRunbooks {
            links["Runbooks"] = .string("\(root)/{gitRef}/runbooks{/id}{?skip,take,partialName}")
        }
        if settings.holdsVariables {
            links["SensitiveVariables"] = .string("\(root)/variables")
            links["Variables"] = .string("\(root)/{gitRef}/variables")
        } else {
            links["MigrateVariablesToGit"] = .string("\(root)/git/migrate-variables")
        }
        project["Links"] = links
    }
}
