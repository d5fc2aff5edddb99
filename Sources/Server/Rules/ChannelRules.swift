import Catalog
import Store

/// Channels: each project has exactly one default, and always one at least.
struct ChannelRules: ResourceRules {
    let kind = KindName.channels

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        if old?.flag("IsDefault") == true { body["IsDefault"] = true }
        guard case .array(let rules)? = body["Rules"] else { return }
        body["Rules"] = .array(
            rules.map { rule in
                guard rule.objectValue != nil else { return rule }
                var rule = rule
                rule["ActionPackages"] = Self.actionPackages(of: rule)
                return rule
            }
        )
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        guard body.flag("IsDefault"), old?.flag("IsDefault") != true else { return }
        try DefaultFlag.moveAway(
            from: .channels,
            inSpace: document.space,
            owner: body.text("ProjectId"),
            to: document.id,
            in: context
        )
    }

    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {
        if let project = document.owner, context.leaving.contains(project) { return }
        let name = body.text("Name") ?? document.id
        let siblings = try context.all(.channels, inSpace: document.space, owner: body.text("ProjectId"))
        if siblings.count == 1 {
            throw APIProblem.invalid("The channel '\(name)' is the last of its project and cannot be deleted.")
        }
        if body.flag("IsDefault") {
            throw APIProblem.invalid(
                "The channel '\(name)' is the default of its project. Make another channel the default first."
            )
        }
    }

    /// Old clients name packages as `Action` or `Action:Package` in `Actions`.
    static func actionPackages(of rule: JSON) -> JSON {
        if let given = rule["ActionPackages"]?.arrayValue, !given.isEmpty { return .array(given) }
        return .array(
            rule.strings("Actions").map { text in
                let parts = text.split(separator: ":", maxSplits: 1)
                return [
                    "DeploymentAction": JSON(parts.first.map(String.init)),
                    "PackageReference": .string(parts.count > 1 ? String(parts[1]) : ""),
                ]
            }
        )
    }
}
