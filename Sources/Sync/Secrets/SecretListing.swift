public import Catalog

/// Secrets as people read them: by project, with the steps that would fail.
public struct SecretListing {
    private let needs: [SecretNeed]
    private let since: [SecretPlace: String]
    private let planned: Set<SecretPlace>
    private static let mostSteps = 5

    /// - Parameters:
    ///   - since: when each came to its state, RFC 3339.
    ///   - planned: what the next apply has a provider set.
    public init(_ needs: [SecretNeed], since: [SecretPlace: String] = [:], planned: Set<SecretPlace> = []) {
        self.needs = needs
        self.since = since
        self.planned = planned
    }

    public func text(catalog: Catalog) -> String {
        let groups = Dictionary(grouping: needs) { $0.key.project ?? "" }.sorted { $0.key < $1.key }
        return groups.map { project, needs in
            let title = project.isEmpty ? "Shared by all projects" : VisibleSigns.showing(project)
            return "\(title)\n" + needs.map { entry($0, catalog) }.joined() + "\n"
        }.joined()
    }

    private func entry(_ need: SecretNeed, _ catalog: Catalog) -> String {
        var lines = ["  \(ReviewText.need(need, catalog)): \(state(need))", "      \(need.name)"]
        if need.needCount > 0 {
            let noun = need.needCount == 1 ? "step fails" : "steps fail"
            lines.append("      without it \(need.needCount) \(noun):")
            lines += need.neededBy.prefix(Self.mostSteps).map {
                "        - \($0.step), in the \(catalog.title(of: $0.process))"
            }
            if need.needCount > Self.mostSteps { lines.append("        … and \(need.needCount - Self.mostSteps) more") }
        }
        return VisibleSigns.showing(lines.joined(separator: "\n") + "\n")
    }

    private func state(_ need: SecretNeed) -> String {
        let day = since[need.place].map { $0.isEmpty ? "" : ", since \($0.prefix(10))" } ?? ""
        if planned.contains(need.place) { return "the provider has it; the next apply sets it" }
        return switch need.state {
        case .unset: "not set\(day)"
        case .placeholder: "a placeholder\(day)"
        case .setAtDestination: "set at the destination\(day)"
        case .providerSet: "set by the provider\(day)"
        }
    }
}
