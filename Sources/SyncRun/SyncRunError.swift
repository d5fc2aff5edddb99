public import APIClient
public import Sync

/// Why a sync did not get to its end. Each case is one sentence for a person and one exit code for a script.
public enum SyncRunError: Error, Sendable {
    case policy(path: String, problem: String)
    case credential(problem: String)
    /// The plan no longer fits what is there; nothing was written.
    case stale(reason: String, moved: [EntityKey])
    case conflicts([Conflict])
    case versionsTooFarApart(source: ServerIdentity, destination: ServerIdentity, allowed: Int)
    /// A kind that the policy syncs cannot be read with this key.
    case incompleteView(server: String, problem: String)
    case partial(PartialFailure)
    /// A guard refused: two runners, the state of another pair, one server on both sides, …
    case refused(reason: String)
    /// No plan can be made at all.
    case planning(PlanningError)
    case api(APIError)
    case state(path: String, problem: String)

    /// The operations that were not done, and what differs after all.
    public struct PartialFailure: Sendable {
        public var done: Int
        /// Operations of the whole plan.
        public var total: Int
        /// Why the run stopped before its end, when it was not an operation's own fault: a broken connection,
        /// maintenance, a lost lease.
        public var interruption: String?
        public var failed: [FailedOperation]
        public var notStarted: [Operation]
        /// What planning again would still change.
        public var residue: [Operation]
        /// What planning again cannot decide.
        public var conflicts: [Conflict]
        /// Secrets that had a value at the destination before, and have none now.
        public var lostSecrets: [String] = []
    }

    public struct FailedOperation: Sendable {
        public var operation: Operation
        public var problem: String
    }
}

/// What `skerry sync` ends with (`sync.md` 2.15).
public enum SyncExitCode: Int32, Sendable, CaseIterable {
    case done = 0
    /// Anything that the other codes do not say: a server that cannot be reached, a disk that is full.
    case failure = 1
    case differences = 2
    case conflicts = 3
    case stale = 4
    case partial = 5
    case policy = 6
    case versions = 7
    case permissions = 8
    case guarded = 9
    case usage = 64

    public var meaning: String {
        switch self {
        case .done: "nothing to do, or applied and verified"
        case .failure: "a server cannot be used, or another error"
        case .differences: "there are differences (plan, verify)"
        case .conflicts: "there are conflicts, which must be decided first"
        case .stale: "the plan is stale or expired; nothing was written"
        case .partial: "some operations failed, or a difference remained after the last one"
        case .policy: "the policy, the plan file, or a key or a space that they name cannot be used"
        case .versions: "the servers' versions are too far apart"
        case .permissions: "a key lacks a permission, so that the view is not complete"
        case .guarded:
            "a guard refused: another runner, another pair of servers, too many deletions, a missing approval"
        case .usage: "the command line cannot be understood"
        }
    }
}

extension SyncRunError {
    public var exitCode: SyncExitCode {
        switch self {
        case .policy, .credential: .policy
        case .stale: .stale
        case .conflicts: .conflicts
        case .versionsTooFarApart: .versions
        case .incompleteView: .permissions
        case .partial: .partial
        case .refused: .guarded
        case .planning(let error):
            switch error {
            case .unknownEnvironment, .unusedRules: .policy
            case .ambiguousTarget: .conflicts
            case .stateOfAnotherPair, .guard: .guarded
            case .damagedState: .failure
            }
        case .api(.spaceNotFound), .api(.badURL), .api(.badKey): .policy
        case .api(let error): error.isPermissionProblem ? .permissions : .failure
        case .state: .failure
        }
    }
}

extension SyncRunError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .policy(let path, let problem): "the policy \(path) cannot be used:\n\(problem)"
        case .credential(let problem): problem
        case .stale(let reason, let moved):
            moved.isEmpty
                ? "\(reason); nothing was written. Make a new plan."
                : "\(reason); nothing was written. Make a new plan. Moved:\n\(Self.list(moved.map { $0.title() }))"
        case .conflicts(let conflicts):
            "there are conflicts, which must be decided first (`skerry sync resolve`, or the policy):\n"
                + Self.list(
                    conflicts.map {
                        "\($0.key.title())\($0.path.isEmpty ? "" : " · \($0.path)"): \($0.message)".printable
                    }
                )
        case .versionsTooFarApart(let source, let destination, let allowed):
            """
            \(source.url) has version \(source.version) and \(destination.url) has version \(destination.version): they \
            may be at most \(allowed) minor version\(allowed == 1 ? "" : "s") of one major version apart. Upgrade the older server, or allow \
            a larger distance in the policy (versions.maxMinorDistance; versions.allowMajor between major versions).
            """
        case .incompleteView(let server, let problem):
            "\(server) does not show everything that the policy syncs: \(problem)"
        case .partial(let failure): failure.description
        case .refused(let reason): reason
        case .planning(let error): error.description
        case .api(let error): error.description
        case .state(let path, let problem): "the state \(path) cannot be used: \(problem)"
        }
    }

    static func list(_ lines: [String]) -> String {
        let shown = lines.prefix(50).map { "  - \($0)" }
        return (shown + (lines.count > 50 ? ["  … and \(lines.count - 50) more"] : [])).joined(separator: "\n")
    }
}

extension SyncRunError.PartialFailure: CustomStringConvertible {
    public var description: String {
        var parts = [
            interruption.map { "\($0) after \(done) of \(total) operations; run the same command again to go on." }
                ?? (done == 1 ? "1 operation was done." : "\(done) operations were done.")
        ]
        if !failed.isEmpty {
            let lines = failed.map { "\($0.operation.action.rawValue) \($0.operation.key.title()): \($0.problem)" }
            parts.append("Failed:\n" + SyncRunError.list(lines))
        }
        if !notStarted.isEmpty {
            let lines = notStarted.map { "\($0.action.rawValue) \($0.key.title())" }
            parts.append("Not started:\n" + SyncRunError.list(lines))
        }
        if !residue.isEmpty {
            let lines = residue.map { operation in
                let paths = operation.fields.map(\.path).prefix(5).joined(separator: ", ")
                return "\(operation.action.rawValue) \(operation.key.title())\(paths.isEmpty ? "" : ": \(paths)")"
            }
            parts.append("Different after all:\n" + SyncRunError.list(lines))
        }
        if !conflicts.isEmpty {
            let lines = conflicts.map { "\($0.key.title()) · \($0.path): \($0.message)".printable }
            parts.append("In conflict now:\n" + SyncRunError.list(lines))
        }
        if !lostSecrets.isEmpty {
            parts.append("Secrets that have lost their value:\n" + SyncRunError.list(lostSecrets))
        }
        if interruption != nil { return parts.joined(separator: "\n") }
        parts.append(
            failed.isEmpty && notStarted.isEmpty
                ? "Look at these with `skerry sync plan`." : "Mend the cause and apply the same plan again."
        )
        return parts.joined(separator: "\n")
    }
}
