public import APIClient
public import Catalog
import Foundation
import Sync

/// One thing that the doctor looked at.
public struct Finding: Sendable, Hashable {
    public enum Level: String, Sendable, Hashable {
        case ok, warning, problem
    }

    /// `source`, `destination`, `both` or `state`.
    public var side: String
    public var check: String
    public var level: Level
    public var text: String
}

/// What the doctor says of a policy: every check, and roles that grant exactly what is needed.
public struct Diagnosis: Sendable {
    public var findings: [Finding] = []
    public var roles: [JSON] = []
    /// Of the gravest problem.
    public var exitCode = SyncExitCode.done
}

/// Looks at all that a sync depends on, and goes on after each problem, so that a person sees all of them at once.
/// Writes nothing.
public struct Doctor: Sendable {
    let policy: Policy
    let policyPath: String
    let statePath: String
    let catalog: Catalog
    private let options: ClientOptions

    /// - Throws: `SyncRunError.policy` for a policy that cannot be read.
    public init(
        policyPath: String,
        statePath: String?,
        catalog: Catalog = .standard,
        options: ClientOptions = ClientOptions()
    ) throws {
        self.options = options
        policy = try PolicyLoading.policy(at: policyPath, catalog: catalog)
        self.policyPath = policyPath
        self.statePath = statePath ?? StateStore.defaultPath(forPolicyAt: policyPath)
        self.catalog = catalog
    }

    public func diagnose() async -> Diagnosis {
        let required = RequiredPermissions(for: policy, catalog: catalog)
        async let first = side("source", policy.source, required.source)
        async let second = side("destination", policy.destination, required.destination)
        let (source, destination) = await (first, second)
        var result = Diagnosis()
        for side in [source, destination] {
            result.findings += side.findings
            if let code = side.code, result.exitCode == .done { result.exitCode = code }
        }
        if let left = source.identity, let right = destination.identity { compare(left, right, &result) }
        await lookAtState(source.identity, destination.identity, &result)
        result.roles = [
            RequiredPermissions.role("Skerry sync source", granting: required.source),
            RequiredPermissions.role("Skerry sync destination", granting: required.destination),
        ]
        return result
    }

    // MARK: - One side

    private struct Side: Sendable {
        var findings: [Finding] = []
        var identity: ServerIdentity?
        var code: SyncExitCode?

        mutating func add(_ side: String, _ check: String, _ level: Finding.Level, _ text: String) {
            findings.append(Finding(side: side, check: check, level: level, text: text))
        }
    }

    private func side(_ name: String, _ endpoint: Policy.Endpoint, _ required: Set<String>) async -> Side {
        var side = Side()
        do {
            let key = try Credentials.key(for: endpoint, policyPath: policyPath)
            var options = options
            options.retries = 1
            // The type that cannot write is enough to ask with.
            let client = try await SourceClient.connect(
                to: endpoint.url,
                key: key,
                space: endpoint.space,
                options: options
            )
            let identity = client.identity
            side.identity = identity
            side.add(name, "reachable", .ok, "\(identity.url) answers, version \(identity.version)")
            side.add(name, "space", .ok, "\(identity.spaceName) (\(identity.spaceID))")
            clock(name, client.serverTime, &side)
            if name == "destination" { await maintenance(client, &side) }
            let granted = try await permissions(name, client, required, &side)
            let tester =
                name == "destination"
                ? try DestinationClient(returningTo: identity, key: key, options: options) : nil
            try await gitProjects(name, client, tester, granted, required, &side)
        } catch let error as SyncRunError {
            side.add(name, "key", .problem, error.description)
            side.code = error.exitCode
        } catch let error as APIError {
            let check = side.identity == nil ? "reachable" : "permissions"
            side.add(name, check, .problem, error.description)
            side.code = SyncRunError.api(error).exitCode
        } catch {
            side.add(name, "reachable", .problem, "\(error)")
            side.code = .failure
        }
        return side
    }

    private func clock(_ name: String, _ time: Date?, _ side: inout Side) {
        guard let time else {
            side.add(name, "clock", .warning, "the server does not tell its time; plans expire by this machine's clock")
            return
        }
        let skew = Int(time.timeIntervalSinceNow.rounded())
        guard abs(skew) > 60 else {
            return side.add(name, "clock", .ok, "within \(max(1, abs(skew))) s of this machine's")
        }
        side.add(
            name,
            "clock",
            .warning,
            "\(abs(skew)) s \(skew > 0 ? "ahead of" : "behind") this machine's; plans and leases go by the destination's"
        )
    }

    private func maintenance(_ client: SourceClient, _ side: inout Side) async {
        do {
            try await client.questions.refuseMaintenance()
        } catch {
            side.add("destination", "maintenance", .warning, "\(error)")
        }
    }

    private func permissions(
        _ name: String,
        _ client: SourceClient,
        _ required: Set<String>,
        _ side: inout Side
    ) async throws -> GrantedPermissions {
        let user = try await client.questions.currentUser()
        let username = user["Username"]?.stringValue ?? "the key's user"
        let set = try await client.questions.permissions(ofUser: user["Id"]?.stringValue ?? "")
        let granted = GrantedPermissions(set, space: client.identity.spaceID)
        let missing = required.subtracting(granted.whole).subtracting(granted.restricted).sorted()
        let restricted = required.intersection(granted.restricted).sorted()
        if missing.isEmpty {
            side.add(name, "permissions", .ok, "\(username) has all \(required.count) that the policy needs")
        } else {
            side.code = .permissions
            side.add(name, "permissions", .problem, "\(username) lacks \(missing.joined(separator: ", "))")
        }
        if !restricted.isEmpty {
            side.add(
                name,
                "view",
                .warning,
                """
                \(username) has these for a part of the space only, so that sync sees a part only: \
                \(restricted.joined(separator: ", "))
                """
            )
        }
        let excess = RequiredPermissions.tooMuch.filter {
            granted.whole.union(granted.restricted).contains($0) && !required.contains($0)
        }
        if !excess.isEmpty {
            side.add(
                name,
                "excess",
                .warning,
                "\(username) may do more than sync ever needs: \(excess.joined(separator: ", "))"
            )
        }
        return granted
    }

    private func gitProjects(
        _ name: String,
        _ client: SourceClient,
        _ tester: DestinationClient?,
        _ granted: GrantedPermissions,
        _ required: Set<String>,
        _ side: inout Side
    ) async throws {
        guard policy.options.configAsCode == .branch else { return }
        let check = GitAccess(
            policy: policy,
            client: client,
            granted: granted,
            required: required,
            tester: tester
        )
        let result = try await check.result()
        for problem in result.problems {
            side.add(name, "git", .problem, problem.text)
            side.code = side.code ?? problem.code
        }
        if result.problems.isEmpty { side.add(name, "git", .ok, result.summary) }
    }

    // MARK: - Both

    private func compare(_ source: ServerIdentity, _ destination: ServerIdentity, _ result: inout Diagnosis) {
        func add(_ check: String, _ level: Finding.Level, _ text: String, _ code: SyncExitCode = .done) {
            result.findings.append(Finding(side: "both", check: check, level: level, text: text))
            if result.exitCode == .done { result.exitCode = code }
        }
        do throws(SyncRunError) {
            let warning = try VersionGate.check(source, destination, policy: policy)
            add("versions", warning == nil ? .ok : .warning, warning ?? "both \(source.version)")
        } catch {
            add("versions", .problem, error.description, .versions)
        }
        if source.installationID == destination.installationID, source.spaceID == destination.spaceID {
            add("pair", .problem, "source and destination are the same space", .guarded)
        }
    }

    private func lookAtState(
        _ source: ServerIdentity?,
        _ destination: ServerIdentity?,
        _ result: inout Diagnosis
    ) async {
        func add(_ level: Finding.Level, _ text: String, _ code: SyncExitCode = .done) {
            result.findings.append(Finding(side: "state", check: "file", level: level, text: text))
            if result.exitCode == .done { result.exitCode = code }
        }
        guard FileManager.default.fileExists(atPath: statePath) else {
            let folder = URL(fileURLWithPath: statePath).deletingLastPathComponent().deletingLastPathComponent().path
            let isWritable = FileManager.default.isWritableFile(atPath: folder)
            return add(
                isWritable ? .ok : .problem,
                isWritable
                    ? "\(statePath) will be made by the first apply"
                    : "\(folder), where the state belongs, cannot be written",
                isWritable ? .done : .failure
            )
        }
        do {
            let store = try await StateStore.open(path: statePath)
            let state: SyncState
            if let source, let destination {
                state = try await store.load(
                    for: .init(source: ReplicaIdentity(source), destination: ReplicaIdentity(destination))
                )
            } else {
                state = try await store.load()
            }
            let runs = try await store.runs(limit: 1)
            try await store.close()
            let last = runs.first.map { "; last run \($0.id): \($0.status)" } ?? ""
            add(.ok, "\(statePath) remembers \(state.records.count) documents\(last)")
        } catch let error as SyncRunError {
            add(.problem, error.description, error.exitCode)
        } catch {
            add(.problem, "\(statePath): \(error)", .failure)
        }
    }
}
