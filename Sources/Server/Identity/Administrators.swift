import Catalog
import Foundation
public import Store

/// Makes and repairs administrators from the command line, without the server.
public enum Administrators {
    /// What was done.
    public struct AdminResult: Sendable, Hashable {
        public var userID: String
        public var username: String
        /// False when the user was there and was reset.
        public var isNew: Bool
        /// The key that was made, to be shown once; nil when one was given.
        public var madeAPIKey: String?
    }

    /// Why an administrator cannot be made.
    public enum AdminError: Error, Sendable, Hashable, CustomStringConvertible {
        case badAPIKey
        case foreignAPIKey(user: String)
        case refused([String])

        public var description: String {
            switch self {
            case .badAPIKey:
                "The API key must be 'API-' and then upper-case letters and digits only."
            case .foreignAPIKey(let user): "This API key belongs to the user \(user). Choose another one."
            case .refused(let errors): errors.joined(separator: " ")
            }
        }
    }

    /// Keys below this length can be guessed; the command line warns of them.
    public static let safeKeyLength = 20

    /// Creates an active administrator, or makes an existing user one, with this password and API key.
    ///
    /// - Parameters:
    ///   - password: nil keeps the one there is; a new user needs one.
    ///   - apiKey: nil makes one.
    /// - Throws: ``AdminError``, `StoreError`, `SQLError`.
    public static func createOrReset(
        store: DocumentStore,
        username: String,
        password: String?,
        email: String? = nil,
        apiKey: String? = nil
    ) async throws -> AdminResult {
        if let apiKey, !TokenHash.isAPIKey(apiKey) { throw AdminError.badAPIKey }
        let key = apiKey ?? RandomText.apiKey()
        do {
            let resources = Resources.standard
            _ = try await FirstStart.prepare(store, resources)
            if let password { try PasswordPolicy.check(password) }
            let hash = try password.map(PasswordHasher.makeHash)
            var result = try await store.write(as: .system) { writer in
                let context = WriteContext(
                    writer: writer,
                    resources: resources,
                    author: .system,
                    space: nil,
                    now: Timestamp.text(writer.time),
                    passwordHash: hash
                )
                return try write(username, email, key, context)
            }
            result.madeAPIKey = apiKey == nil ? key : nil
            return result
        } catch let problem as APIProblem {
            throw AdminError.refused(problem.errors.isEmpty ? [problem.message] : problem.errors)
        }
    }

    private static func write(
        _ username: String,
        _ email: String?,
        _ key: String,
        _ context: WriteContext
    ) throws -> AdminResult {
        let existing = try context.writer.document(.users, name: username, in: nil)
        let user: Stored
        if let existing {
            user = try context.update(.users, existing.id) { body in
                body["IsActive"] = true
                if let email { body["EmailAddress"] = .string(email) }
            }
        } else {
            user = try context.create(
                .users,
                ["Username": .string(username), "DisplayName": .string(username), "EmailAddress": JSON(email)]
            )
        }
        let team = try context.get(.teams, Identity.administratorsTeam)
        if !(team.body["MemberUserIds"]?.stringsValue ?? []).contains(user.id) {
            try context.update(.teams, team.id) { body in
                body["MemberUserIds"] = JSON((body["MemberUserIds"]?.stringsValue ?? []) + [user.id])
            }
        }
        if let known = try context.writer.apiKey(hash: TokenHash.of(key)) {
            guard known.userID == user.id else { throw AdminError.foreignAPIKey(user: known.userID) }
        } else {
            _ = try APIKeys.insert(
                key,
                user: user.id,
                purpose: "Made by skerry admin",
                expires: nil,
                in: context.writer
            )
        }
        return AdminResult(userID: user.id, username: user.document.name, isNew: existing == nil, madeAPIKey: nil)
    }
}
