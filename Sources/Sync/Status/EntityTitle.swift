public import Catalog

extension EntityKey {
    /// What people call it: `project Database`, `channel OctoFX / Hotfix`, `variables of project Database`.
    public func title(in catalog: Catalog = .standard) -> String {
        switch kind {
        case .scriptModules: return "script module \(name)"
        case .variableSets:
            guard path.count > 1 else { return "variables" }
            let owner = EntityKey(KindName(path[0]), Array(path.dropFirst()))
            return owner.kind == .scriptModules
                ? "text of \(owner.title(in: catalog))" : "variables of \(owner.title(in: catalog))"
        case .tenantVariables: return "variables of tenant \(names)"
        case .deploymentProcesses: return "deployment process of \(names)"
        case .runbookProcesses: return "process of runbook \(names)"
        case .deploymentSettings: return "deployment settings of \(names)"
        case .tags: return "tag \(names)"
        case .actions, .templateParameters:
            let rest = path.dropFirst().joined(separator: " / ")
            return "\(kind == .actions ? "step" : "parameter") \(rest)"
        default: return "\(catalog[kind]?.title.one ?? kind.rawValue) \(names)"
        }
    }

    private var names: String {
        path.map { $0.hasPrefix("@") ? "(\($0.dropFirst()))" : $0 }.joined(separator: " / ").printable
    }
}

extension String {
    /// With control characters made visible: what a server holds must not move a person's cursor. Line ends and tabs
    /// stay.
    public var printable: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x09 || $0 >= 0x80 }),
            !unicodeScalars.contains(where: { (0x80...0x9F).contains($0.value) })
        {
            return self
        }
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x0A, 0x09: result.append(scalar)
            case 0..<0x20: result.append(Unicode.Scalar(0x2400 + scalar.value)!)
            case 0x7F...0x9F: result.append("\u{2421}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
