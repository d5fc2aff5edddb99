import Catalog
import Crypto
import Foundation
import HTTPTypes
import Store
import Synchronization

/// Says who makes a request: API keys, bearer tokens, sessions. What was verified stays in memory as long as no user,
/// team or credential changes, so that the usual request costs one look-up.
final class Identity: Sendable {
    static let administratorsTeam = "teams-administrators"
    static let everyoneTeam = "teams-everyone"

    private struct Known: Sendable {
        var user: SignedInUser
        var expires: Date?
        /// When a session has to be written as used again.
        var touchAfter: Date?
    }

    private struct Memory {
        var mark = -1
        var byToken: [SHA256Digest: Known] = [:]
    }

    private static let remembered = 4_096
    static let sessionLength: TimeInterval = 12 * 3_600
    static let rememberedSessionLength: TimeInterval = 20 * 86_400
    /// Writing a session's use for each request would make every read a write.
    private static let touchInterval: TimeInterval = 600

    let store: DocumentStore
    let hasher: PasswordHasher
    let throttle: LoginThrottle
    let passwords: VerifiedPasswords
    let cookies: CookieNames
    private let memory = Mutex(Memory())

    init(store: DocumentStore, limits: ServerConfiguration.Limits, installationID: String) {
        self.store = store
        hasher = PasswordHasher(concurrency: limits.concurrentHashes)
        throttle = LoginThrottle(free: limits.failedLogins)
        passwords = VerifiedPasswords()
        cookies = CookieNames(installationID: installationID)
    }

    /// Whether these headers belong to somebody who was verified before; without waiting.
    func isKnown(_ headers: HTTPFields) -> Bool {
        guard let credential = Credential(headers: headers, query: .empty, cookies: cookies) else { return false }
        guard let known = remembered(credential), known.touchAfter == nil else { return false }
        return true
    }

    /// - Parameter isOptional: a route for everybody: bad credentials count as none.
    /// - Throws: `APIProblem` 401.
    func user(of call: APIRequest, isOptional: Bool) async throws -> SignedInUser? {
        guard let credential = Credential(headers: call.headers, query: call.query, cookies: cookies) else {
            return nil
        }
        if let known = remembered(credential), known.touchAfter.map({ $0 > Date() }) ?? true { return known.user }
        if let known = try await verified(credential) {
            remember(known, credential)
            return known.user
        }
        if isOptional { return nil }
        throw APIProblem(
            .unauthorized,
            "The API key, token or session is not valid. It may have expired or been revoked."
        )
    }

    /// A write by a browser's cookie must carry the token that only our own pages can read.
    func checkForgery(_ call: APIRequest, _ user: SignedInUser) throws {
        guard let expected = user.csrfHash else { return }
        let sent = call.headers[.csrfToken] ?? ""
        guard TokenHash.of(sent).equalsInConstantTime(expected) else {
            throw APIProblem(
                .forbidden,
                "The request has no valid X-Octopus-Csrf-Token header.",
                errors: [
                    "Requests that change something need the value of the CSRF cookie in the header X-Octopus-Csrf-Token."
                ]
            )
        }
    }

    // MARK: Memory

    /// Grows when anything changes that a verified credential depends on.
    private var mark: Int {
        store.changes.credentials + store.changes.generation(of: .users) + store.changes.generation(of: .teams)
    }

    private func remembered(_ credential: Credential) -> Known? {
        let mark = mark
        let digest = SHA256.hash(data: Array(credential.token.utf8))
        let known = memory.withLock { $0.mark == mark ? $0.byToken[digest] : nil }
        guard let known, known.expires.map({ $0 > Date() }) ?? true else { return nil }
        return known
    }

    private func remember(_ known: Known, _ credential: Credential) {
        let mark = mark
        let digest = SHA256.hash(data: Array(credential.token.utf8))
        memory.withLock { memory in
            if memory.mark != mark || memory.byToken.count >= Self.remembered { memory = Memory(mark: mark) }
            memory.byToken[digest] = known
        }
    }

    // MARK: Verification

    private func verified(_ credential: Credential) async throws -> Known? {
        let hash = TokenHash.of(credential.token)
        switch credential.source {
        case .key:
            return try await store.read { reader in
                guard let key = try reader.apiKey(hash: hash), key.expires.map({ $0 > Date() }) ?? true,
                    let user = try Self.user(key.userID, .apiKey, in: reader)
                else { return nil }
                return Known(user: user, expires: key.expires)
            }
        case .cookie:
            return try await verifiedSession(hash)
        }
    }

    private func verifiedSession(_ hash: [UInt8]) async throws -> Known? {
        let found = try await store.read { reader -> (SessionRecord, SignedInUser)? in
            guard let session = try reader.session(tokenHash: hash), session.expires > Date(),
                var user = try Self.user(session.userID, .session, in: reader)
            else { return nil }
            user.csrfHash = session.csrfHash
            user.sessionHash = hash
            return (session, user)
        }
        guard case (var session, let user)? = found else { return nil }
        let now = Date()
        if now > session.lastUsed + Self.touchInterval {
            session.expires = max(session.expires, now + Self.sessionLength)
            let expires = session.expires
            try await store.write(as: .system) { try $0.touchSession(tokenHash: hash, lastUsed: now, expires: expires) }
        }
        return Known(user: user, expires: session.expires, touchAfter: now + Self.touchInterval)
    }

    /// Nil for a user who was removed or is not active.
    static func user(
        _ id: String,
        _ method: SignedInUser.Method,
        in reader: some StoreReading
    ) throws -> SignedInUser? {
        guard let document = try reader.document(.users, id) else { return nil }
        let body = try JSON.parse(document.body)
        guard body["IsActive"]?.boolValue ?? true else { return nil }
        let team = try reader.document(.teams, administratorsTeam).map { try JSON.parse($0.body) }
        return SignedInUser(
            id: id,
            username: body["Username"]?.stringValue ?? id,
            method: method,
            isAdministrator: team?["MemberUserIds"]?.stringsValue.contains(id) ?? false,
            isService: body["IsService"]?.boolValue ?? false
        )
    }
}

/// What a request shows to say who it is.
struct Credential: Sendable {
    enum Source: Sendable { case key, cookie }

    var token: String
    var source: Source

    /// Keys come before cookies; empty values count as absent.
    init?(headers: HTTPFields, query: Query, cookies: CookieNames) {
        if let key = Self.filled(headers[.apiKey]) ?? Self.filled(headers[.nugetKey]) ?? query["apikey"] {
            self.init(token: key, source: .key)
        } else if let header = headers[.authorization], let token = Self.bearer(header) {
            self.init(token: token, source: .key)
        } else if let header = headers[.cookie], let token = cookies.session(in: header) {
            self.init(token: token, source: .cookie)
        } else {
            return nil
        }
    }

    private init(token: String, source: Source) {
        self.token = token
        self.source = source
    }

    private static func filled(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

    private static func bearer(_ header: String) -> String? {
        guard header.count > 7, header.prefix(7).lowercased() == "bearer " else { return nil }
        return filled(header.dropFirst(7).trimmingSpaces)
    }
}

/// Passwords that were verified a moment ago, so that a client which signs in before every request does not cost a
/// slow hash each time. Holds only keyed hashes; the key lives as long as the process.
final class VerifiedPasswords: Sendable {
    private static let lifetime = Duration.seconds(600)
    private static let limit = 1_000

    private let key = SymmetricKey(size: .bits256)
    private let entries = Mutex<[[UInt8]: ContinuousClock.Instant]>([:])

    func contains(_ password: String, hash: String, now: ContinuousClock.Instant = .now) -> Bool {
        let tag = tag(password, hash)
        return entries.withLock { $0[tag].map { $0 > now } ?? false }
    }

    func insert(_ password: String, hash: String, now: ContinuousClock.Instant = .now) {
        let tag = tag(password, hash)
        entries.withLock { entries in
            if entries.count >= Self.limit { entries = entries.filter { $0.value > now } }
            if entries.count >= Self.limit { entries = [:] }
            entries[tag] = now + Self.lifetime
        }
    }

    /// The stored hash has a random salt, so that it tells users apart and changes with the password.
    private func tag(_ password: String, _ hash: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("\(hash)\u{0}\(password)".utf8), using: key))
    }
}

/// The cookies of this instance. Their names end in a part of the installation's id, so that instances on one host do
/// not overwrite each other's.
struct CookieNames: Sendable {
    let session: String
    let csrf: String

    init(installationID: String) {
        let suffix = installationID.prefix(8)
        session = "OctopusIdentificationToken_\(suffix)"
        csrf = "Octopus-Csrf-Token_\(suffix)"
    }

    func session(in header: String) -> String? {
        for part in header.split(separator: ";") {
            let text = part.trimmingSpaces
            if text.hasPrefix(session), text.dropFirst(session.count).hasPrefix("=") {
                let value = text.dropFirst(session.count + 1)
                return value.isEmpty ? nil : String(value)
            }
        }
        return nil
    }
}

extension HTTPField.Name {
    static let apiKey = HTTPField.Name("X-Octopus-ApiKey")!
    static let nugetKey = HTTPField.Name("X-NuGet-ApiKey")!
    static let csrfToken = HTTPField.Name("X-Octopus-Csrf-Token")!
}
