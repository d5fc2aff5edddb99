import Catalog
import Store

/// Actions on certificates.
enum CertificateRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("certificates", scope: .space) { request in
            try await request.read { context in
                // Archived ones are seen only by who asks for them.
                let wantsArchived = try request.query.bool("archived") ?? false
                return try context.page(
                    .certificates,
                    path: request.spacePath("certificates"),
                    query: request.query.without("archived")
                ) { $0.isAbsent("Archived") != wantsArchived }
            }
        }
        routes.get("certificates/:id", scope: .space) { try await find($0) }
        routes.post("certificates/:id/archive", scope: .space) { request in
            try await change(request) { certificate, context in
                guard certificate.isAbsent("Archived") else { return }
                certificate["Archived"] = .string(context.now)
            }
        }
        routes.post("certificates/:id/unarchive", scope: .space) { request in
            try await change(request) { certificate, _ in
                if let newer = certificate.text("ReplacedBy") {
                    throw APIProblem.invalid("The certificate was replaced by \(newer) and cannot be taken back.")
                }
                certificate["Archived"] = .null
            }
        }
        routes.post("certificates/:id/replace", scope: .space) { try await replace($0) }
        routes.post("certificates/generate", scope: .space) { _ in
            throw APIProblem.notSupportedYet("Generating a certificate")
        }
        routes.get("certificates/:id/export", scope: .space) { _ in
            throw APIProblem.notSupportedYet("Exporting a certificate")
        }
        routes.get("certificates/:id/usages", scope: .space) { try await usages($0) }
    }

    /// By id, else by thumbprint.
    private static func find(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let all = { try context.all(.certificates, inSpace: request.space?.id) }
            if let byID = try? context.get(.certificates, idOrSlug: id) { return .json(byID.body) }
            guard let found = try all().first(where: { $0.body.text("Thumbprint")?.lowercased() == id.lowercased() })
            else { throw APIProblem.notFound("certificate", id) }
            return .json(found.body)
        }
    }

    private static func change(
        _ request: APIRequest,
        _ change: @escaping @Sendable (inout JSON, WriteContext) throws -> Void
    ) async throws -> APIResponse {
        let id = try request.parameter("id")
        return .json(
            try await request.write { context in
                let document = try context.document(.certificates, idOrSlug: id)
                try context.amend(.certificates, document.id) { try change(&$0, context) }
                return try context.get(.certificates, document.id).body
            }
        )
    }

    /// The id goes on with the new content; the old content stays readable, archived, under an id of its own.
    private static func replace(_ request: APIRequest) async throws -> APIResponse {
        let (id, sent) = (try request.parameter("id"), try request.objectBody())
        let data = sent.objectValue?[caseless: "CertificateData"] ?? .null
        let password = sent.objectValue?[caseless: "Password"] ?? .null
        return .json(
            try await request.write { context in
                let document = try context.document(.certificates, idOrSlug: id)
                try CertificateReplacement(of: document.id, in: context).perform(data: data, password: password)
                return try context.get(.certificates, document.id).body
            }
        )
    }

    private static func usages(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let certificate = try context.get(.certificates, idOrSlug: id).id
            let sets = try context.users(of: certificate, .variableSets)
            func owners(_ kind: KindName) throws -> JSON {
                .array(try sets.compactMap { try context.find(kind, $0.document.owner ?? "")?.idAndName })
            }
            return .json([
                "ProjectUsages": try owners(.projects), "LibraryVariableSetUsages": try owners(.librarySets),
                "TenantUsages": .array(try context.users(of: certificate, .tenantVariables).map(\.idAndName)),
                "DeploymentTargetUsages": .array(try context.users(of: certificate, .machines).map(\.idAndName)),
            ])
        }
    }
}

/// Puts new content under the id of a certificate.
struct CertificateReplacement {
    private static let secrets = ["CertificateData", "Password"]

    private let context: WriteContext
    private let stored: Stored

    init(of id: String, in context: WriteContext) throws {
        self.context = context
        stored = try context.get(.certificates, id)
    }

    func perform(data: JSON, password: JSON) throws {
        let details = try CertificateRules.details(of: ["CertificateData": data, "Password": password], in: context)
        try keepOld()
        let event = EventDraft(
            "Modified",
            message: "The content of the certificate \(stored.name) was replaced",
            documentType: "Certificate"
        )
        for (path, value) in [("CertificateData", data), ("Password", password)] {
            if let text = value.stringValue ?? value["NewValue"]?.stringValue {
                try context.writer.putSecret(.certificates, stored.id, path: path, Array(text.utf8), event: event)
            } else if stored.body.hasSecret(path) {
                try context.writer.clearSecret(.certificates, stored.id, path: path, event: event)
            }
        }
        let hasPassword = password.stringValue != nil || password["NewValue"]?.stringValue != nil
        try context.amend(.certificates, stored.id) { body in
            body.merge(details)
            body["Password"] = hasPassword ? FieldType.storedSecret : FieldType.noSecret
        }
    }

    /// A copy of the certificate as it was, archived, with its secrets.
    private func keepOld() throws {
        var copy = stored.body
        for path in Self.secrets {
            guard let secret = try context.writer.secret(.certificates, stored.id, path: path) else {
                copy[path] = nil
                continue
            }
            copy[path] = ["HasValue": true, "NewValue": .string(String(decoding: secret, as: UTF8.self))]
        }
        copy["Name"] = .string("\(stored.name) (replaced \(context.now))")
        let kept = try context.create(.certificates, copy, inSpace: stored.document.space)
        try context.amend(.certificates, kept.id) { body in
            body["Archived"] = .string(context.now)
            body["ReplacedBy"] = .string(stored.id)
        }
    }
}
