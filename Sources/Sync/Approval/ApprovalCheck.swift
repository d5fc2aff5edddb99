public import Catalog

/// Whether a plan is approved as its policy asks.
public struct ApprovalCheck: Sendable {
    let plan: Plan
    let approvals: [Approval]
    let rule: Policy.Approvals
    /// Deletions that the person who applies names, `type/name`.
    let confirmed: Set<String>

    /// - Parameters:
    ///   - time: approvals that have ended by then do not count.
    ///   - confirmed: `type/name` of deletions that whoever applies has named.
    public init(_ file: PlanFile, rule: Policy.Approvals, at time: String, confirmed: [String]) {
        plan = file.plan
        self.rule = rule
        self.confirmed = Set(confirmed.map(EntityKey.folded))
        let known = Set(rule.keys.map(\.key))
        approvals = file.approvals.filter { approval in
            (rule.keys.isEmpty || known.contains(approval.key)) && approval.expiresAt > time
                && approval.isGenuine(for: file.plan)
        }
    }

    /// Operations that fewer approvers stand for than the policy asks.
    public var unapproved: [Operation] {
        guard rule.required > 0 else { return [] }
        return plan.operations.filter { operation in
            let hash = operation.contentHash
            return Set(approvals.filter { $0.operations.contains(hash) }.map(\.key)).count < rule.required
        }
    }

    /// Deletions of environments, tenants and projects that nobody has named. What hangs on these (deployments,
    /// releases, targets) is nothing that sync can see, so it takes a person's word that nobody needs it.
    public var unnamedDeletions: [Operation] {
        plan.operations.filter { operation in
            guard operation.action == .delete, Self.isGuarded(operation.key.kind) else { return false }
            let name = EntityKey.folded(operation.key.description)
            let signers = approvals.filter { approval in
                approval.operations.contains(operation.contentHash)
                    && approval.deletions.contains { EntityKey.folded($0) == name }
            }
            if rule.required > 0 { return Set(signers.map(\.key)).count < rule.required }
            return signers.isEmpty && !confirmed.contains(name)
        }
    }

    /// Kinds whose deletion somebody must name.
    public static func isGuarded(_ kind: KindName) -> Bool {
        kind == .environments || kind == .tenants || kind == .projects
    }
}

extension Operation {
    /// SHA-256 of what the operation does: its place in the plan and the words of the deciding rule do not count.
    public var contentHash: String {
        var body = json
        body["seq"] = nil
        body["dependsOn"] = nil
        body["fields"] = .array(
            fields.map { field in
                var field = field.json
                field["rule"] = nil
                return field
            }
        )
        return Fingerprint.hash(body)
    }
}
