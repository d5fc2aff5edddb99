import Catalog

/// The `Links` of a document, from the templates of the catalog.
enum LinkRendering {
    /// The collection's path: `/api/Spaces-1/environments`, `/api/users`.
    static func path(of kind: Kind, space: String?) -> String {
        space.map { "/api/\($0)/\(kind.name.rawValue)" } ?? "/api/\(kind.name.rawValue)"
    }

    /// - Parameter logoTag: of the uploaded logo; clients see by it whether a document has one of its own, and which.
    static func links(_ kind: Kind, _ body: JSON, id: String, space: String?, logoTag: String? = nil) -> JSON {
        // A `Self` of the catalog takes the place of this one.
        var links: JSONObject = ["Self": .string("\(path(of: kind, space: space))/\(PercentCoding.encode(id))")]
        if kind.hasLogo {
            let address = "\(path(of: kind, space: space))/\(PercentCoding.encode(id))/logo"
            links["Logo"] = .string("\(address)?cb=\(logoTag ?? "none")")
        }
        for link in kind.links {
            if let text = render(link.template, body, id: id, space: space) { links[link.name] = .string(text) }
        }
        return .object(links)
    }

    /// Nil when the template needs a value that the document does not have: a link that leads nowhere is left out.
    static func render(_ template: String, _ body: JSON, id: String, space: String?) -> String? {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            guard let close = rest[open...].firstIndex(of: "}") else { return nil }
            let name = rest[rest.index(after: open)..<close]
            switch name {
            case "S":
                guard let space else { return nil }
                result += space
            case "Id": result += PercentCoding.encode(id)
            default:
                // Lower case and `?…` are for the client.
                guard let first = name.first, first.isUppercase else {
                    result += rest[open...close]
                    break
                }
                guard let value = body[String(name)]?.stringValue, !value.isEmpty else { return nil }
                result += PercentCoding.encode(value)
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}
