import Catalog
internal import Yams

/// From the sections of a policy file to a `Policy`.
struct PolicyReader {
    let catalog: Catalog
    let problems: PolicyProblems

    func policy(_ root: PolicySection) -> Policy? {
        if let version = root.string("apiVersion"), version != PolicyFile.apiVersion {
            root.problem("apiVersion", "this version of Skerry reads '\(PolicyFile.apiVersion)'")
        } else if root.node("apiVersion") == nil {
            problems.add(1, "apiVersion", "the file must begin with 'apiVersion: \(PolicyFile.apiVersion)'")
        }
        let source = root.section("source").flatMap { endpoint($0, name: "source") }
        if root.node("source") == nil { problems.add(root.line, "source", "the source server is missing") }
        var destinationSection: PolicySection?
        let destination = self.destination(root, &destinationSection)
        guard let source, let destination else {
            _ = root.names
            return nil
        }
        var policy = Policy(source: source, destination: destination)
        policy.environments = environments(root.section("environments") ?? destinationSection?.section("environments"))
        destinationSection?.refuse("flow", unless: ["oneWaySafe"])
        destinationSection?.finish()
        root.refuse("preset", unless: ["lower-upper"])
        root.refuse("secrets", unless: [])
        root.refuse("packages", unless: ["skip"])
        root.refuse("unknownFields", unless: ["copy"])
        versions(root, &policy)
        selection(root, &policy)
        types(root, &policy)
        steps(root, &policy)
        ownership(root, &policy)
        differences(root, &policy)
        VariablePolicyReader(problems: problems).read(root.section("variables"), into: &policy)
        root.finish()
        return policy
    }

    private func destination(_ root: PolicySection, _ used: inout PolicySection?) -> Policy.Endpoint? {
        if let section = root.section("destination") {
            used = section
            if root.node("destinations") != nil {
                root.problem("destinations", "write either 'destination' or 'destinations'")
            }
            return endpoint(section, name: "destination")
        }
        guard let node = root.node("destinations") else {
            problems.add(root.line, "destination", "the destination server is missing")
            return nil
        }
        guard let list = node.sequence, let first = list.first else {
            problems.add(node, "destinations", "a list of servers is expected here")
            return nil
        }
        if list.count > 1 {
            problems.add(list[1], "destinations", "several destinations in one run are not supported yet")
        }
        used = PolicySection(first, path: "destinations[0]", problems: problems)
        return used.flatMap { endpoint($0, name: "destination") }
    }

    private func endpoint(_ section: PolicySection, name: String) -> Policy.Endpoint? {
        let url = section.string("url")
        if section.node("url") == nil { problems.add(section.line, section.path(of: "url"), "the address is missing") }
        if let url, !url.hasPrefix("http://"), !url.hasPrefix("https://") {
            section.problem("url", "an address begins with http:// or https://")
        }
        let space = section.string("space") ?? "Default"
        let given = section.string("name")
        let credential = self.credential(section)
        if name == "source" { section.finish() }
        guard let url, let credential else { return nil }
        return Policy.Endpoint(name: given ?? name, url: url, space: space, credential: credential)
    }

    private func credential(_ section: PolicySection) -> Policy.Credential? {
        guard let text = section.string("auth") else {
            problems.add(
                section.line,
                section.path(of: "auth"),
                "say where the API key is: 'auth: env:NAME' for an environment variable, 'auth: file:PATH' for a file"
            )
            return nil
        }
        if text.hasPrefix("env:"), text.count > 4 { return .environment(String(text.dropFirst(4))) }
        if text.hasPrefix("file:"), text.count > 5 { return .file(String(text.dropFirst(5))) }
        // The value may be a key: it must not come back in a message.
        section.problem("auth", "write 'env:NAME' or 'file:PATH'; an API key itself does not belong in a policy")
        return nil
    }

    private func environments(_ section: PolicySection?) -> [Policy.EnvironmentRule] {
        guard let section else { return [] }
        return section.names.compactMap { name, node in
            target(node, section.path(of: name)).map { Policy.EnvironmentRule(name, $0) }
        }
    }

    private func target(_ node: Node, _ path: String) -> Policy.EnvironmentTarget? {
        if let sequence = node.sequence {
            let names = sequence.compactMap { $0.scalar?.string }
            if !names.isEmpty, names.count == sequence.count { return .names(names) }
        } else if let word = node.scalar?.string, !word.isEmpty {
            switch word {
            case "same": return .same
            case "drop": return .drop
            case "any": return .any
            default: return .names([word])
            }
        }
        problems.add(node, path, "write the name of an environment, a list of names, same, drop or any")
        return nil
    }

    private func versions(_ root: PolicySection, _ policy: inout Policy) {
        guard let section = root.section("versions") else { return }
        policy.maxMinorDistance = section.int("maxMinorDistance", in: 0...99) ?? policy.maxMinorDistance
        section.refuse("allowMajor", unless: ["false"])
        section.refuse("onMismatch", unless: ["refuse"])
        section.finish()
    }

    private func selection(_ root: PolicySection, _ policy: inout Policy) {
        guard let section = root.section("select") else { return }
        policy.projects = section.strings("projects") ?? []
        section.refuse("closure", unless: ["required"])
        section.finish()
    }

    private func ownership(_ root: PolicySection, _ policy: inout Policy) {
        guard let node = root.node("ownership") else { return }
        guard let list = node.sequence else {
            problems.add(node, "ownership", "a list is expected here")
            return
        }
        for (position, item) in list.enumerated() {
            guard let section = PolicySection(item, path: "ownership[\(position)]", problems: problems) else {
                continue
            }
            let kind = section.string("type") ?? ""
            let isVariable = kind == "variable"
            let field = section.string(isVariable ? "name" : "field") ?? ""
            let owner = section.choice("owner", OwnerWord.self, later: ["shared"])
            section.finish()
            guard let owner else { continue }
            let keys = ["variable"] + policyKeys.keys.sorted()
            guard isVariable || policyKeys[kind] != nil || policyKeys[kind + "s"] != nil else {
                section.problem("type", "'\(kind)' is no type\(Suggestion.text(for: kind, in: keys))")
                continue
            }
            let key = isVariable || policyKeys[kind] != nil ? kind : kind + "s"
            guard !field.isEmpty else {
                section.problem(isVariable ? "name" : "field", "say which \(isVariable ? "name" : "field") is meant")
                continue
            }
            guard isVariable || hasField(field, key) else {
                let known = fieldNames(key).sorted()
                section.problem("field", "\(key) have no field '\(field)'\(Suggestion.text(for: field, in: known))")
                continue
            }
            var rule = Policy.OwnershipRule(kind: key, field: field, owner: owner.owner)
            rule.line = section.line
            policy.ownership.append(rule)
        }
    }

    private func hasField(_ field: String, _ key: String) -> Bool { fieldNames(key).contains(field) }

    private func fieldNames(_ key: String) -> [String] {
        guard let name = policyKeys[key], let kind = catalog[name == .scriptModules ? .librarySets : name] else {
            return []
        }
        return (kind.shape.fields + kind.shape.variants.values.flatMap { $0 }).map(\.name)
    }

    private enum OwnerWord: String, CaseIterable {
        case source, destination
        var owner: Field.SyncOwner { self == .source ? .source : .destination }
    }

    private func differences(_ root: PolicySection, _ policy: inout Policy) {
        if let section = root.section("conflicts") {
            policy.onConflict =
                section.choice("default", Policy.ConflictStrategy.self) ?? policy.onConflict
            for (key, node) in section.names where key != "default" {
                if let rule = conflictRule(key, node, section) { policy.conflictRules.append(rule) }
            }
        }
        policy.onAdoptDifference = root.choice("initial", Policy.OnDifference.self, later: ["ask"])
        policy.widening = root.choice("widening", Policy.Widening.self) ?? policy.widening
        guard let section = root.section("deletes") else { return }
        policy.deletes.mode =
            section.choice("mode", Policy.DeleteMode.self, later: ["disable"]) ?? policy.deletes.mode
        policy.deletes.maxCount = section.int("maxCount", in: 0...1_000_000) ?? policy.deletes.maxCount
        policy.deletes.maxPercent = section.int("maxPercent", in: 0...100) ?? policy.deletes.maxPercent
        policy.deletes.protect = section.strings("protect").map { protected($0, section) } ?? policy.deletes.protect
        section.finish()
    }

    /// `"project.Description": source`, `"variable.value": manual`
    private func conflictRule(_ key: String, _ node: Node, _ section: PolicySection) -> Policy.ConflictRule? {
        let path = section.path(of: key)
        guard let dot = key.firstIndex(of: ".") else {
            problems.add(node, path, "write type.field, for example \"project.Description\"")
            return nil
        }
        let (type, field) = (String(key[..<dot]), String(key[key.index(after: dot)...]))
        let keys = policyKeys
        let kind = type == "*" || type == "variable" || keys[type] != nil ? type : type + "s"
        guard kind == "*" || kind == "variable" || keys[kind] != nil else {
            problems.add(node, path, "there is no such type\(Suggestion.text(for: type, in: keys.keys.sorted()))")
            return nil
        }
        let known =
            kind == "variable"
            ? VariableField.allCases.map(\.rawValue) : kind == "*" ? [field] : fieldNames(kind).sorted()
        guard field == "*" || known.contains(field) else {
            problems.add(node, path, "\(kind) have no field '\(field)'\(Suggestion.text(for: field, in: known))")
            return nil
        }
        guard let strategy = section.choice(node, path, Policy.ConflictStrategy.self) else { return nil }
        var rule = Policy.ConflictRule(kind: kind, field: field, strategy: strategy)
        rule.line = node.mark?.line ?? 0
        return rule
    }

    /// Patterns `type/name`; the type may be written in the singular. One that can match nothing protects nothing.
    private func protected(_ patterns: [String], _ section: PolicySection) -> [String] {
        let keys = policyKeys.keys.sorted()
        return patterns.map { pattern in
            let (type, rest) = (pattern.prefix { $0 != "/" }, pattern.drop { $0 != "/" })
            if type.contains("*") || keys.contains(String(type)) { return pattern }
            if keys.contains("\(type)s") { return "\(type)s\(rest)" }
            let hint = Suggestion.text(for: String(type), in: keys)
            section.problem("protect", "'\(pattern)' protects nothing: write type/name, with a type of types\(hint)")
            return pattern
        }
    }

    /// The kinds by the keys that a policy uses, script modules among them.
    var policyKeys: [String: KindName] {
        Dictionary(catalog.kinds.map { ($0.policyKey, $0.name) } + [("scriptModules", .scriptModules)]) { first, _ in
            first
        }
    }
}
