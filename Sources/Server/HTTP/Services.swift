import Catalog
import Foundation
import HTTPTypes
import Logging
import Store

/// What every request works with.
final class Services: Sendable {
    let configuration: ServerConfiguration
    let store: DocumentStore
    let resources: Resources
    let identity: Identity
    let spaces: SpaceDirectory
    let cache: ReadCache
    let installationID: String
    /// Nil on a server that has no folder for them.
    let packages: PackageFiles?
    /// Nil on a server that has no folder for them.
    let git: GitRepositories?
    let logger: Logger

    init(
        configuration: ServerConfiguration,
        store: DocumentStore,
        resources: Resources,
        installationID: String,
        logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        self.resources = resources
        self.installationID = installationID
        self.logger = logger
        packages = configuration.packagesPath.map(PackageFiles.init)
        git = configuration.gitPath.map { GitRepositories(root: $0, allowsLocal: configuration.allowsLocalGit) }
        identity = Identity(store: store, limits: configuration.limits, installationID: installationID)
        spaces = SpaceDirectory(store: store)
        cache = ReadCache(capacity: configuration.limits.cacheBytes)
    }

    func read<Result: Sendable>(
        space: SpaceSummary?,
        user: SignedInUser?,
        _ work: @escaping @Sendable (ReadContext) throws -> Result
    ) async throws -> Result {
        let resources = resources
        return try await translated {
            try await store.read { reader in
                try work(
                    ReadContext(reader: reader, resources: resources, space: space, user: user, now: Timestamp.now())
                )
            }
        }
    }

    func write<Result: Sendable>(
        space: SpaceSummary?,
        author: EventAuthor,
        passwordHash: String? = nil,
        _ work: @escaping @Sendable (WriteContext) throws -> Result
    ) async throws -> Result {
        let resources = resources
        return try await translated {
            try await store.write(as: author) { writer in
                let context = WriteContext(
                    writer: writer,
                    resources: resources,
                    author: author,
                    space: space,
                    now: Timestamp.text(writer.time),
                    passwordHash: passwordHash
                )
                return try work(context)
            }
        }
    }

    /// Refusals of the store as refusals of the API; failures of the database stay failures.
    private func translated<Result: Sendable>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as StoreError {
            switch error {
            case .notFound(let kind, let id):
                throw APIProblem.notFound(resources.plans[kind]?.kind.title.one ?? kind.rawValue, id)
            case .stale, .duplicateName, .duplicateID, .blobTooLarge, .tooManyValues:
                throw APIProblem.invalid("\(error)")
            case .apiKeyNotFound(let id): throw APIProblem.notFound("API key", id)
            case .wrongMasterKey, .unreadableSecret, .secretNotFound: throw error
            }
        }
    }

    func author(of user: SignedInUser?, headers: HTTPFields, address: String) -> EventAuthor {
        let agent = String((headers[.userAgent] ?? "").prefix(400))
        guard let user else {
            return EventAuthor(userID: "", username: "anonymous", userAgent: agent, ipAddress: address)
        }
        return EventAuthor(
            userID: user.id,
            username: user.username,
            userAgent: agent,
            ipAddress: address,
            isService: false,
            identityEstablishedWith: user.method.rawValue
        )
    }

    /// Changes when anything is written by this process, or was found to be written by another.
    var changeMark: Int { store.changes.total }

    /// The sum of the generations of kinds: it only grows, so that equal sums mean equal generations.
    func generation(_ kinds: [KindName]) -> UInt64 {
        var sum: UInt64 = 0
        for kind in kinds { sum += UInt64(store.changes.generation(of: kind)) }
        return sum
    }
}

/// Times as the API writes them: RFC 3339 with milliseconds and an offset.
enum Timestamp {
    static func now() -> String { text(Date()) }

    static func text(_ date: Date) -> String {
        let milliseconds = Int((date.timeIntervalSince1970 * 1000).rounded())
        let days = Int((Double(milliseconds) / 86_400_000).rounded(.down))
        let rest = milliseconds - days * 86_400_000
        let (year, month, day) = civil(days)
        let time = [rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60].map { padded($0, 2) }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(time.joined(separator: ":"))"
            + ".\(padded(rest % 1000, 3))+00:00"
    }

    /// Accepts what `text` writes, other offsets, `Z`, and a date alone; nil for anything else.
    static func date(_ text: String) -> Date? {
        let formatter = ISO8601DateFormatter()
        for options: ISO8601DateFormatter.Options in [
            [.withInternetDateTime, .withFractionalSeconds], [.withInternetDateTime], [.withFullDate],
        ] {
            formatter.formatOptions = options
            if let date = formatter.date(from: text) { return date }
        }
        return nil
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    /// The day of the Gregorian calendar, from days since 1970 (an era of 400 years has 146,097 days).
    private static func civil(_ days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
