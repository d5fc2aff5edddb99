public import Catalog

extension EntityKey {
    /// What people call it: `project Database`, `channel OctoFX / Hotfix`, `variables of project Database`.
    public func title(in catalog: Catalog = .standard) -> String {
        let path = path.map { $0.hasPrefix("@") ? "(\($0.dropFirst()))" : $0 }
        switch kind {
        case .tags: return "tag \(path.joined(separator: " / "))".printable
        case .actions: return "step \(path.dropFirst().joined(separator: " / "))".printable
        case .templateParameters: return "parameter \(path.dropFirst().joined(separator: " / "))".printable
        default: return catalog.title(of: EntityKey(kind, path)).printable
        }
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
