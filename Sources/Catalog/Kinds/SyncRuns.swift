extension KindName {
    public static let syncRuns: KindName = "syncruns"
}

extension Kind {
    /// The record of one apply of a sync plan, at the space that was read and at the space that was written. Runners
    /// report it; it holds what was decided and how it ended, and no value.
    static let syncRuns = Kind(
        .syncRuns,
        type: "SyncRun",
        title: .init("sync run"),
        policyKey: "syncRuns",
        identity: .counted(prefix: "SyncRuns"),
        shape: Shape([
            // The run's id, which the `User-Agent` of all its requests names.
            Field("Name", .name).required(),
            Field("Slug", .name).kept().derived(),
            // What this space is to the run.
            Field("Side", .choice(["Source", "Destination"])).required(),
            // Applied: all was answered, and the result is being verified. Finished: verified.
            Field("State", .choice(["Running", "Applied", "Finished", "Partial", "Abandoned"])).required(),
            // `sync`, or `rollback` and a run.
            Field("Purpose", .line),
            Field("Source", .object(.syncReplica)),
            Field("Destination", .object(.syncReplica)),
            Field("PlanId", .line).required(),
            Field("PolicyDigest", .line),
            Field("StartedAt", .timestamp),
            Field("FinishedAt", .timestamp),
            // The person or the account, and the machine.
            Field("Runner", .line),
            Field("Program", .line),
            Field("Totals", .opaque).defaulting(to: [:]),
            // All of the plan; `Operations` may hold the first of them only.
            Field("OperationCount", .count),
            Field("Operations", .list(.syncRunOperation)),
            Field("Approvals", .list(.syncApproval)),
            // SHA-256 of the journal: what was written down of each operation, in the order of the plan.
            Field("JournalDigest", .line),
            Field("Results", .object(.syncResults)),
            // A record: that it names a user protects the user from nothing.
            Field("ReportedBy", .line).readOnly(),
            Field("ReportedAt", .timestamp).readOnly(),
        ]),
        order: .newestFirst,
        filters: [
            .name, .partialName, .init("planId", "PlanId", .equals), .init("state", "State", .anyOf),
            .init("side", "Side", .anyOf),
        ],
        operations: [.list, .get],
        permissions: Permissions(view: "EventView", create: "EventView", edit: "EventView", delete: "EventView"),
        sync: SyncTreatment(.impossible, phase: .never)
    )
}

extension Shape {
    fileprivate static let syncReplica = Shape([
        Field("Url", .line),
        Field("SpaceId", .line),
        Field("SpaceName", .line),
        Field("InstallationId", .line),
        Field("Version", .line),
    ])

    fileprivate static let syncRunOperation = Shape([
        Field("Sequence", .count),
        Field("Action", .line),
        // `projects/Web`
        Field("Document", .line),
        // `waiting`, `intent`, `done`, `verified`, `failed`
        Field("State", .line),
        Field("Problem", .line),
    ])

    fileprivate static let syncApproval = Shape([
        Field("Key", .line),
        Field("At", .timestamp),
        Field("ExpiresAt", .timestamp),
        Field("PlanId", .line),
        Field("Scope", .strings),
        Field("Operations", .count),
        Field("Deletions", .strings),
    ])

    fileprivate static let syncResults = Shape([
        Field("Done", .count),
        Field("Failed", .count),
        Field("NotStarted", .count),
        // Differences that are left, conflicts, and secrets that stood before, as verifying found them.
        Field("Residue", .count),
        Field("Conflicts", .count),
        Field("LostSecrets", .count),
        Field("Problem", .text),
    ])
}
