/// What a policy cannot name as a type, by the word that a person would try, and why.
///
/// None of it is a kind of the catalog that sync could write, and the clients have no endpoint for it: that it stays out
/// follows from how things are made. These words only spare people the search.
public enum NeverSynced {
    public static let reasons: [String: String] =
        records.merging(settings) { first, _ in first }

    private static let records = Dictionary(
        uniqueKeysWithValues: [
            "releases", "deployments", "runbookSnapshots", "runbookRuns", "tasks", "taskLogs", "artifacts",
            "interruptions", "auditEvents",
        ].map { ($0, "this is the record of what one server did; it cannot be synced (S-103 to S-114)") }
    )

    private static let settings = Dictionary(
        uniqueKeysWithValues: [
            "systemSettings", "serverConfiguration", "authenticationProviders", "issueTrackers", "subscriptions",
            "systemTeams", "licenses",
        ].map {
            ($0, "this is each server's own: set once, by its administrator; it is never synced (S-91 to S-98)")
        }
    )
}
