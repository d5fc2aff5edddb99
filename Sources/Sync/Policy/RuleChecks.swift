import Catalog

/// What can be wrong with the rules of a policy whatever the servers have: contradictions, and rules behind others.
struct RuleChecks {
    let problems: PolicyProblems

    func check(_ policy: Policy) {
        checkOwners(policy.ownership)
        checkSteps(policy.stepRules)
        for (_, rule) in policy.types.sorted(by: { $0.key < $1.key }) {
            checkOrder(rule.rules.map { ($0.line, [$0.name, $0.project]) }, "overrides")
        }
        checkOrder(policy.variableRules.map { ($0.line, [$0.name, $0.owner]) }, "variables.rules")
    }

    /// Two lines about one thing that name different owners: only the last would count, which nobody meant.
    private func checkOwners(_ rules: [Policy.OwnershipRule]) {
        for (position, rule) in rules.enumerated() where rule.line > 0 {
            let other = rules[..<position].first {
                $0.line > 0 && $0.kind == rule.kind && EntityKey.folded($0.field) == EntityKey.folded(rule.field)
            }
            guard let other else { continue }
            let what = "\(rule.kind) \(rule.field)"
            let isSame = other.owner == rule.owner && other.isShared == rule.isShared
            let message =
                isSame
                ? "line \(other.line) says the same of \(what); remove one of the two"
                : "line \(other.line) gives \(what) to another owner; keep one of the two"
            problems.add(rule.line, "ownership", message)
        }
    }

    private func checkSteps(_ rules: [Policy.StepRule]) {
        checkOrder(rules.map { ($0.line, [$0.project, $0.process, $0.step]) }, "steps.rules")
    }

    /// The first match decides, so a rule whose matches an earlier one takes all is never used.
    private func checkOrder(_ rules: [(line: Int, patterns: [String])], _ path: String) {
        for (position, rule) in rules.enumerated() where rule.line > 0 {
            let earlier = rules[..<position].first { other in
                zip(other.patterns, rule.patterns).allSatisfy { wide, narrow in
                    wide == "*" || EntityKey.folded(wide) == EntityKey.folded(narrow)
                        || (!narrow.contains("*") && !narrow.contains("?") && NamePattern(wide).matches(narrow))
                }
            }
            guard let earlier else { continue }
            problems.add(rule.line, path, "never used: line \(earlier.line) matches all of it first")
        }
    }
}
