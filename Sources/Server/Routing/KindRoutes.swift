import Catalog
import HTTPTypes
import Store

/// The standard routes of every kind, made from the catalog.
enum KindRoutes {
    static func register(_ kind: Kind, in routes: inout RouteTable) {
        let name = kind.name
        let path = name.rawValue
        let scope: RouteTable.Scope =
            switch kind.scope {
            case .space: .space
            case .system: .system
            case .mixed: .mixed
            }
        let operations = kind.operations
        if operations.contains(.list) {
            routes.get(path, scope: scope) { request in
                try await request.read { context in
                    try context.page(
                        name,
                        path: LinkRendering.path(of: kind, space: request.space?.id),
                        query: request.query
                    )
                }
            }
        }
        if operations.contains(.all) {
            routes.get("\(path)/all", scope: scope) { request in
                try await request.read { try $0.resources.array(name, query: request.query, in: $0) }
            }
        }
        if operations.contains(.get) {
            routes.get("\(path)/:id", scope: scope) { request in
                let id = try request.parameter("id")
                return try await request.read { try $0.resources.answer(name, id, in: $0) }
            }
        }
        registerWrites(kind, path, scope, in: &routes)
    }

    private static func registerWrites(
        _ kind: Kind,
        _ path: String,
        _ scope: RouteTable.Scope,
        in routes: inout RouteTable
    ) {
        let name = kind.name
        if kind.operations.contains(.create) {
            routes.post(path, scope: scope) { request in
                let body = try request.objectBody()
                let hash = try await passwordHash(of: body, kind, request)
                return .created(
                    try await request.services.write(space: request.space, author: request.author, passwordHash: hash) {
                        try $0.served($0.create(name, $0.resources.plan(name).request(body)))
                    }
                )
            }
        }
        if kind.operations.contains(.update) {
            routes.put("\(path)/:id", scope: scope) { request in
                let id = try request.parameter("id")
                let body = try request.objectBody()
                let hash = try await passwordHash(of: body, kind, request)
                return .json(
                    try await request.services.write(space: request.space, author: request.author, passwordHash: hash) {
                        let document = try $0.resources.visible(name, id, space: $0.space?.id, in: $0.writer)
                        let sent = try $0.resources.plan(name).request(body)
                        return try $0.served($0.resources.replace(name, document.id, with: sent, in: $0))
                    }
                )
            }
        }
        if kind.operations.contains(.delete) {
            routes.delete("\(path)/:id", scope: scope) { request in
                let id = try request.parameter("id")
                try await request.write { context in
                    let document = try context.resources.visible(name, id, space: context.space?.id, in: context.writer)
                    try context.delete(name, document.id)
                }
                return .empty
            }
        }
    }

    /// The hash of a user's new password. Made before the transaction, because it takes long.
    private static func passwordHash(of body: JSON, _ kind: Kind, _ request: APIRequest) async throws -> String? {
        guard kind.name == .users, case .object(let object) = body, let value = object[caseless: "Password"],
            !value.isNull
        else { return nil }
        guard let password = value.stringValue else { throw APIProblem.invalid("Password must be a string.") }
        guard !password.isEmpty else { return nil }
        try PasswordPolicy.check(password)
        return try await request.services.identity.hasher.hash(password)
    }
}

extension WriteContext {
    /// What is answered for a document that was just written: the same as a later read.
    func served(_ stored: Stored) throws -> JSON {
        try resources.servedAfterWrite(stored, in: self)
    }
}
