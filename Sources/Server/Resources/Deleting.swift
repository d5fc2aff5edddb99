import Catalog
import Store

/// Deleting documents with their parts; what others use stays.
extension Resources {
    /// - Throws: `APIProblem` 400 that names the users of the document, or of a part of it.
    func delete(_ name: KindName, _ id: String, in context: WriteContext) throws {
        let stored = try context.get(name, id)
        context.leaving.insert(id)
        defer { context.leaving.remove(id) }
        try plan(name).rules?.deleting(stored.document, body: stored.body, in: context)
        var tree: [Document] = []
        // A rule may have removed it already, together with its parts.
        guard let still = try context.writer.document(name, id) else { return }
        try collect(still, into: &tree, in: context)
        try checkUsages(of: tree, in: context)
        for document in tree.reversed() { try remove(document, in: context) }
    }

    private func collect(_ document: Document, into tree: inout [Document], in context: WriteContext) throws {
        guard !tree.contains(where: { $0.kind == document.kind && $0.id == document.id }) else { return }
        tree.append(document)
        for part in try plan(document.kind).parts {
            let query = DocumentQuery(kind: part, owners: [document.id])
            for child in try context.writer.page(query).items {
                let body = try body(of: child)
                try plan(part).rules?.deleting(child, body: body, in: context)
                guard let still = try context.writer.document(part, child.id) else { continue }
                try collect(still, into: &tree, in: context)
            }
        }
    }

    private func checkUsages(of tree: [Document], in context: WriteContext) throws {
        let leaving = Set(tree.map { "\($0.kind)/\($0.id)" })
        var users: [String] = []
        for document in tree {
            for usage in try context.writer.usages(of: document.id)
            where !leaving.contains("\(usage.fromKind)/\(usage.fromID)") {
                guard let user = try context.writer.document(usage.fromKind, usage.fromID),
                    let kind = plans[usage.fromKind]?.kind
                else { continue }
                let owner = user.owner.map { " of \($0)" } ?? ""
                let text = "\(kind.title.one) '\(user.name.prefix(100))' (\(user.id)\(owner))"
                if !users.contains(text) { users.append(text) }
            }
        }
        guard !users.isEmpty, let document = tree.first else { return }
        let kind = try kind(document.kind)
        let shown = users.prefix(20).joined(separator: ", ")
        let more = users.count > 20 ? " and \(users.count - 20) more" : ""
        throw APIProblem.invalid(
            "The \(kind.title.one) '\(document.name.prefix(100))' is in use and cannot be deleted. It is used by \(shown)\(more). Remove these uses first."
        )
    }

    private func remove(_ document: Document, in context: WriteContext) throws {
        let kind = try kind(document.kind)
        let event = EventDraft(
            "Deleted",
            message: "\(kind.title.one.capitalizedFirst) \(document.name) was deleted",
            documentType: kind.type
        )
        try context.writer.delete(document.kind, document.id, event: event)
    }
}
