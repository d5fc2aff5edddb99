import Catalog
import Crypto
import Foundation
import Store

/// Ids of a server in what is kept in Git: written as slugs, which other people and other servers understand, and read
/// back as the ids that these have here.
struct GitReferences {
    let reader: any StoreReading
    let resources: Resources
    let space: String?
    let project: String
    /// Slugs of the process's actions by their ids.
    var actions: [String: String] = [:]
    /// Ids of the project's runbooks by their slugs, where they are kept in Git.
    var runbooks: [String: String] = [:]
    /// What of the project the parts are inside of, when that is not the project itself.
    var within: [String] = []

    func toSlugs(_ body: JSON, _ kind: Kind) throws -> JSON {
        try rewriting(body, kind, action: { actions[$0] ?? $0 }, other: slug)
    }

    func toIDs(_ body: JSON, _ kind: Kind) throws -> JSON {
        let ids = Dictionary(actions.map { ($1, $0) }) { first, _ in first }
        return try rewriting(body, kind, action: { ids[$0] ?? $0 }, other: id)
    }

    private func rewriting(
        _ body: JSON,
        _ kind: Kind,
        action: (String) -> String,
        other: (String, [KindName]) throws -> String
    ) throws -> JSON {
        try kind.shape.rewriting(body, in: resources.siteContext(in: reader)) { site in
            guard case .reference(let reference) = site.content else { return site.value }
            return try reference.replacingTokens(in: site.value) { token in
                switch reference.form {
                case .id: try other(token, reference.targets)
                case .partID: reference.targets.contains(.actions) ? action(token) : token
                case .name, .slug, .canonicalTag: token
                }
            }
        }
    }

    // MARK: Documents

    private static let system = "global/"

    /// The slug of a document; its name where the kind has no slugs; the id of what is not here.
    private func slug(_ id: String, _ targets: [KindName]) throws -> String {
        for target in targets {
            guard let plan = resources.plans[target], let document = try reader.document(target, plan.canonicalID(id)),
                resources.isVisible(document, plan.kind, space)
            else { continue }
            guard plan.hasSlug else { return document.name }
            if target == .runbooks, try document.slug == projectSlug() { return document.id }
            return (document.space == nil ? Self.system : "") + (document.slug ?? id)
        }
        return id
    }

    /// The id of a document by its id, slug or name; the text itself when there is none.
    private func id(_ text: String, _ targets: [KindName]) throws -> String {
        // Another project may have the slug of a runbook; that of this project means its process.
        if targets.contains(.runbooks), let runbook = runbooks[text], try text != projectSlug() { return runbook }
        for target in targets {
            guard let plan = resources.plans[target] else { continue }
            if let document = try reader.document(target, plan.canonicalID(text)),
                resources.isVisible(document, plan.kind, space)
            {
                return document.id
            }
            if let document = try find(text, plan) { return document.id }
        }
        return text
    }

    private func projectSlug() throws -> String? { try reader.document(.projects, project)?.slug }

    private func find(_ text: String, _ plan: KindPlan) throws -> Document? {
        let isSystem = text.hasPrefix(Self.system)
        let text = isSystem ? String(text.dropFirst(Self.system.count)) : text
        let space = isSystem || plan.kind.scope == .system ? nil : space
        let owner = plan.kind.owner?.kinds.contains(.projects) == true ? project : nil
        if plan.hasSlug,
            let found = try reader.document(plan.kind.name, slug: text.lowercased(), in: space, owner: owner)
        {
            return found
        }
        return try reader.document(plan.kind.name, name: text, in: space, owner: owner)
    }

    // MARK: Parts

    /// The id of a step, an action, a package or a variable, which Git does not hold: always the same for the same part.
    func partID(_ path: String...) -> String {
        let text = ([project] + within + path).map { "\($0.utf8.count):\($0)" }.joined()
        var bytes = Array(SHA256.hash(data: Array(text.utf8)).prefix(16))
        // The bits that say which kind of UUID it is.
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
        var result = ""
        for (position, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(position) { result += "-" }
            result.append(digit)
        }
        return result
    }
}
