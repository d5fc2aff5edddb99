import Catalog
import Foundation
import HTTPTypes
import Store

/// Signing in and out with a name and a password.
enum SignIn {
    static func register(in routes: inout RouteTable) {
        routes.post("users/login", scope: .system, access: .anonymous) { try await signIn($0) }
        routes.post("users/logout", scope: .system, access: .anonymous) { try await signOut($0) }
    }

    private static func signIn(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.objectBody()
        guard case .object(let object) = body, let name = object[caseless: "Username"]?.stringValue?.trimmingSpaces,
            let password = object[caseless: "Password"]?.stringValue, !name.isEmpty, name.utf8.count <= 500
        else { throw APIProblem.invalid("Username and Password are required.") }
        let identity = request.services.identity
        if let wait = identity.throttle.wait(name: name, address: request.address) {
            var problem = APIProblem(.tooManyRequests, "Too many failed sign-ins. Wait before you try again.")
            problem.headers[.retryAfter] = String(wait.components.seconds + 1)
            throw problem
        }
        guard let user = try await verified(name, password, request) else {
            identity.throttle.failed(name: name, address: request.address)
            throw APIProblem(.unauthorized, "The user name or the password is not right, or the user is not active.")
        }
        identity.throttle.succeeded(name: name, address: request.address)
        let remembers = object[caseless: "RememberMe"]?.boolValue ?? false
        return try await openSession(for: user, remembers: remembers, request)
    }

    private static func verified(_ name: String, _ password: String, _ request: APIRequest) async throws
        -> SignedInUser?
    {
        let identity = request.services.identity
        let found = try await request.services.store.read { reader -> (SignedInUser, String)? in
            guard let document = try reader.document(.users, name: name, in: nil),
                let user = try Identity.user(document.id, .session, in: reader), !user.isService,
                let hash = try reader.passwordHash(ofUser: document.id)
            else { return nil }
            return (user, hash)
        }
        guard let (user, hash) = found else {
            try await identity.hasher.pretend(password)
            return nil
        }
        if identity.passwords.contains(password, hash: hash) { return user }
        guard try await identity.hasher.verify(password, against: hash) else { return nil }
        identity.passwords.insert(password, hash: hash)
        return user
    }

    private static func openSession(
        for user: SignedInUser,
        remembers: Bool,
        _ request: APIRequest
    ) async throws -> APIResponse {
        let token = RandomText.token()
        let csrf = RandomText.token()
        let length = remembers ? Identity.rememberedSessionLength : Identity.sessionLength
        let author = request.services.author(of: user, headers: request.headers, address: request.address)
        let body = try await request.services.write(space: nil, author: author) { context -> JSON in
            let now = context.writer.time
            try context.writer.deleteSessions(expiredBefore: now)
            try context.writer.insertSession(
                SessionRecord(
                    tokenHash: TokenHash.of(token),
                    userID: user.id,
                    csrfHash: TokenHash.of(csrf),
                    created: now,
                    expires: now + length,
                    lastUsed: now
                )
            )
            try context.writer.record(
                EventDraft("LoginSucceeded", message: "\(user.username) signed in", documentType: "User"),
                kind: .users,
                id: user.id
            )
            return try context.get(.users, user.id).body
        }
        var response = APIResponse.json(body)
        let names = request.services.identity.cookies
        let shared =
            "; SameSite=Strict" + (request.isSecure ? "; Secure" : "") + (remembers ? "; Max-Age=\(Int(length))" : "")
        let paths = cookiePaths(request)
        let session = "\(names.session)=\(token); HttpOnly; Path=\(paths.session)\(shared)"
        response.headers.append(HTTPField(name: .setCookie, value: session))
        // Our own pages read this one, so that it cannot be HttpOnly.
        response.headers.append(
            HTTPField(name: .setCookie, value: "\(names.csrf)=\(csrf); Path=\(paths.csrf)\(shared)")
        )
        return response
    }

    /// Where browsers send the cookies. The session goes to the API only: below the path of one server there may be
    /// another one's (`/` and `/group1`), and no server's path can be below an API. The other cookie is worth nothing
    /// without it, and pages have to read it.
    private static func cookiePaths(_ request: APIRequest) -> (session: String, csrf: String) {
        ("\(request.basePath)/api", "\(request.basePath)/")
    }

    private static func signOut(_ request: APIRequest) async throws -> APIResponse {
        if let user = request.user, let hash = user.sessionHash {
            try request.services.identity.checkForgery(request, user)
            try await request.write { context in
                try context.writer.deleteSession(tokenHash: hash)
                try context.writer.record(
                    EventDraft("Logout", message: "\(user.username) signed out", documentType: "User"),
                    kind: .users,
                    id: user.id
                )
            }
        }
        var response = APIResponse.empty
        let names = request.services.identity.cookies
        let paths = cookiePaths(request)
        for (name, path) in [(names.session, paths.session), (names.csrf, paths.csrf)] {
            let value = "\(name)=; Path=\(path); Max-Age=0; SameSite=Strict"
            response.headers.append(HTTPField(name: .setCookie, value: value))
        }
        return response
    }
}
