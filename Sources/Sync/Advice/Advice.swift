public import Catalog

/// Why somebody wants two servers, and what to do: sync with a preset, or something else that costs less (S-6 to S-19).
public struct AdviceReason: Sendable, Hashable {
    public enum Answer: Sendable, Hashable {
        /// Two servers are right; this preset is the beginning.
        case sync(preset: String)
        /// Something else does it without a second server to keep in step.
        case instead
        /// Two servers are right, and this version does not do it.
        case notYet
    }

    /// The word for `--why`.
    public let name: String
    /// To be answered with yes or no.
    public let question: String
    public let answer: Answer
    public let advice: String
    public let answers: [String]

    public static func named(_ name: String) -> AdviceReason? { all.first { $0.name == name } }

    public var json: JSON {
        var result: JSON = [
            "why": .string(name), "question": .string(question), "advice": .string(advice), "answers": JSON(answers),
        ]
        switch answer {
        case .sync(let preset): result["preset"] = .string(preset)
        case .instead: result["instead"] = true
        case .notYet: result["supported"] = false
        }
        return result
    }

    /// First what needs no second server, then the cases for which sync is made.
    public static let all = [
        AdviceReason(
            name: "approval",
            question: "Do you want changes of deployment processes to be approved?",
            answer: .instead,
            advice:
                "Keep the projects' processes in git (config as code): changes go through pull requests, on one server.",
            answers: ["S-13"]
        ),
        AdviceReason(
            name: "test-instance",
            question: "Do you want a place to try an upgrade or a new way of working?",
            answer: .instead,
            advice:
                "Restore a backup into a test instance and throw it away afterwards. Nothing has to be kept in step.",
            answers: ["S-14", "S-20"]
        ),
        AdviceReason(
            name: "move-server",
            question: "Do you want to move the server to another machine or operating system?",
            answer: .instead,
            advice: "Move the server: the same database and master key on a new machine. The old one goes away.",
            answers: ["S-15"]
        ),
        AdviceReason(
            name: "move-database",
            question: "Do you want to move the database to another database server?",
            answer: .instead,
            advice: "Move the database by backup and restore, and point the server at it.",
            answers: ["S-16"]
        ),
        AdviceReason(
            name: "to-cloud",
            question: "Do you want to move from your own server to a hosted one?",
            answer: .instead,
            advice: "Migrate once, with the export and import of projects. The old server goes away.",
            answers: ["S-17", "S-25"]
        ),
        AdviceReason(
            name: "consolidate",
            question: "Do you want to bring several servers together into one?",
            answer: .instead,
            advice: "Use the export and import of projects, once for each; nothing stays behind to be kept in step.",
            answers: ["S-18"]
        ),
        AdviceReason(
            name: "move-space",
            question: "Do you want to move projects to another space of the same server, once?",
            answer: .instead,
            advice: "Use the export and import of projects. (To keep two spaces in step from then on, sync does work "
                + "between spaces of one server.)",
            answers: ["S-19", "LS-20"]
        ),
        AdviceReason(
            name: "same-steps",
            question: "Do several teams only need the same steps?",
            answer: .instead,
            advice: "Share step templates or process templates on one server.",
            answers: ["LS-19"]
        ),
        AdviceReason(
            name: "same-projects",
            question: "Do many projects only need the same shape?",
            answer: .instead,
            advice: "Use project templates on one server.",
            answers: ["LS-19"]
        ),
        AdviceReason(
            name: "rules",
            question: "Must every process keep to rules, such as a sign-off before production?",
            answer: .instead,
            advice: "Use policies on one server: they check every deployment, and nobody can forget them.",
            answers: ["LS-19"]
        ),
        AdviceReason(
            name: "locked-production",
            question: "Does a policy demand that production is on a server which developers cannot change?",
            answer: .sync(preset: "lower-upper"),
            advice:
                "A Dev/Test server and a locked Staging/Production server. Ask first whether roles that are scoped to "
                + "environments satisfy the policy: then one server is enough.",
            answers: ["S-8", "S-9"]
        ),
        AdviceReason(
            name: "regulation",
            question: "Must some production targets be on a server of their own, by regulation?",
            answer: .sync(preset: "isolated-production"),
            advice: "The main server with all environments, and a separate one with production only.",
            answers: ["S-8", "S-10"]
        ),
        AdviceReason(
            name: "tenants",
            question: "Does a contract demand a server of their own for certain tenants?",
            answer: .sync(preset: "tenant-split"),
            advice: "Two servers with the same environments, each with its own tenants.",
            answers: ["S-8", "S-11"]
        ),
        AdviceReason(
            name: "copy",
            question: "Do you want a second server that is always the same as the first, for reading?",
            answer: .sync(preset: "mirror"),
            advice: "Every edit at the copy is undone. Releases and deployments are not copied: they are audit data.",
            answers: ["S-26", "S-108"]
        ),
        AdviceReason(
            name: "air-gap",
            question: "Can the two servers never reach each other over a network?",
            answer: .notYet,
            advice: "Carrying changes over by file is not supported yet: sync needs to reach both servers.",
            answers: ["LS-19"]
        ),
    ]
}

/// What two servers are like, as far as it matters to the question whether to keep them in step.
public struct AdviceFacts: Sendable, Hashable {
    public struct Side: Sendable, Hashable {
        public var identity: ReplicaIdentity
        /// Names to ids.
        public var environments: [String: String]
        public var projects: [String: String]
        /// Names of projects whose process is in git.
        public var projectsInGit: [String]
        /// Packages of the built-in feed that processes name, each with the names of the projects.
        public var usedPackages: [String: Set<String>]
        /// What the built-in feed has, folded; nil where it cannot be seen.
        public var packages: Set<String>?

        public init(
            identity: ReplicaIdentity,
            environments: [String: String],
            projects: [String: String],
            projectsInGit: [String],
            usedPackages: [String: Set<String>] = [:],
            packages: Set<String>? = nil
        ) {
            self.usedPackages = usedPackages
            self.packages = packages
            self.identity = identity
            self.environments = environments
            self.projects = projects
            self.projectsInGit = projectsInGit
        }
    }

    public var source: Side
    public var destination: Side

    public init(source: Side, destination: Side) {
        self.source = source
        self.destination = destination
    }
}

/// Something that two servers show by themselves.
public struct AdviceFinding: Sendable, Hashable {
    /// `same-space`, `clone`, `major-version`, …
    public var code: String
    public var text: String
    public var answers: [String]

    public var json: JSON { ["code": .string(code), "text": .string(text), "answers": JSON(answers)] }
}

extension AdviceFacts {
    /// What the facts say, the weightiest first.
    public var findings: [AdviceFinding] { [identity, version, environments, git, emptiness, packages].flatMap { $0 } }

    private var identity: [AdviceFinding] {
        let (left, right) = (source.identity, destination.identity)
        if left.installationID == right.installationID, !left.installationID.isEmpty {
            if left.spaceID == right.spaceID {
                return [
                    AdviceFinding(
                        code: "same-space",
                        text:
                            "Both addresses show the same space of one installation (or one was cloned from the other's "
                            + "database). A clone for tests is thrown away, not synced; a moved server replaces the old one.",
                        answers: ["S-14", "S-15", "S-16", "S-20"]
                    )
                ]
            }
            return [
                AdviceFinding(
                    code: "same-installation",
                    text:
                        "Two spaces of one installation. Moving projects once is a matter for export and import; keeping "
                        + "the spaces in step is what sync does.",
                    answers: ["S-19", "LS-20"]
                )
            ]
        }
        guard isClone else { return [] }
        return [
            AdviceFinding(
                code: "clone",
                text:
                    "Projects and environments have the same ids on both sides: one server was cloned from the other. "
                    + "Sync works all the same, because it goes by name; but a clone is usually meant to replace its "
                    + "original or to be thrown away.",
                answers: ["S-20", "S-21", "S-22"]
            )
        ]
    }

    /// Nearly all that has the same name on both sides has the same id too, and there is enough of it to tell.
    private var isClone: Bool {
        let pairs =
            source.projects.compactMap { name, id in destination.projects[name].map { ($0, id) } }
            + source.environments.compactMap { name, id in destination.environments[name].map { ($0, id) } }
        return pairs.count >= 3 && pairs.count(where: { $0.0 == $0.1 }) * 10 >= pairs.count * 9
    }

    private var version: [AdviceFinding] {
        let (left, right) = (Self.release(source.identity), Self.release(destination.identity))
        guard let left, let right, left != right else { return [] }
        let both = "\(source.identity.serverVersion) and \(destination.identity.serverVersion)"
        if left.0 != right.0 {
            return [
                AdviceFinding(
                    code: "major-version",
                    text:
                        "The servers have different major versions (\(both)); they are not synced. Upgrade the older one.",
                    answers: ["LS-2", "S-38"]
                )
            ]
        }
        return [
            AdviceFinding(
                code: "minor-version",
                text: "The servers have different versions (\(both)); the same release on both is safer.",
                answers: ["S-40", "S-41"]
            )
        ]
    }

    private static func release(_ identity: ReplicaIdentity) -> (Int, Int)? {
        let parts = identity.serverVersion.split(separator: ".").prefix(2).compactMap { Int($0) }
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }

    private var environments: [AdviceFinding] {
        let (left, right) = (source.environments.keys.sorted(), destination.environments.keys.sorted())
        guard !left.isEmpty, !right.isEmpty else { return [] }
        if left == right {
            return [
                AdviceFinding(
                    code: "same-environments",
                    text: "Both sides have the same environments, so nothing is kept apart by them. That is right for "
                        + "servers split by tenants (preset tenant-split); otherwise one server with roles scoped to "
                        + "environments may be all you need.",
                    answers: ["S-11", "S-118"]
                )
            ]
        }
        let missing = left.filter { !right.contains($0) }
        let shared = left.filter(right.contains)
        let kind =
            shared.isEmpty
            ? "disjoint"
            : missing.isEmpty ? "within the destination's" : right.allSatisfy(left.contains) ? "more" : "overlapping"
        return [
            AdviceFinding(
                code: "environments",
                text: "The environments are \(kind): only the source has "
                    + (missing.isEmpty ? "none" : missing.joined(separator: ", "))
                    + "; both have \(shared.isEmpty ? "none" : shared.joined(separator: ", ")). "
                    + "Presets lower-upper and isolated-production are made for that.",
                answers: ["S-115", "S-116", "S-117"]
            )
        ]
    }

    private var git: [AdviceFinding] {
        guard !source.projectsInGit.isEmpty else { return [] }
        let count = source.projectsInGit.count
        return [
            AdviceFinding(
                code: "git",
                text:
                    "\(count) of \(source.projects.count) projects keep their process in git already; changes of theirs "
                    + "can be approved there, without a second server.",
                answers: ["S-13"]
            )
        ]
    }

    private var emptiness: [AdviceFinding] {
        if destination.projects.isEmpty, !source.projects.isEmpty {
            return [
                AdviceFinding(
                    code: "first-sync",
                    text:
                        "The destination has no projects yet: the first sync fills it. Do not fill it with the migrator, "
                        + "with export and import of projects or with `octo export`; they are made for a server that "
                        + "goes away afterwards, and cannot leave anything out.",
                    answers: ["S-24", "S-25", "S-26", "S-28", "LS-18"]
                )
            ]
        }
        return []
    }

    /// S-102: what deployments at the destination would look for and not find.
    private var packages: [AdviceFinding] {
        guard let there = destination.packages else { return [] }
        let missing = source.usedPackages.filter { !there.contains(EntityKey.folded($0.key)) }.sorted {
            $0.key < $1.key
        }
        guard !missing.isEmpty else { return [] }
        let shown = missing.prefix(20).map { "\($0.key) (\($0.value.sorted().prefix(3).joined(separator: ", ")))" }
        let rest = missing.count > shown.count ? " and \(missing.count - shown.count) more" : ""
        return [
            AdviceFinding(
                code: "packages",
                text:
                    "\(missing.count) of \(source.usedPackages.count) packages that the source's processes take from its "
                    + "built-in feed are missing at the destination: \(shown.joined(separator: ", "))\(rest). Let the "
                    + "build server push to both servers, or use an external feed; `types.packages.mode` can check or "
                    + "copy them.",
                answers: ["S-100", "S-101", "S-102"]
            )
        ]
    }
}
