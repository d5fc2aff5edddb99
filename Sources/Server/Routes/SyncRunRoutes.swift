import Catalog
import Store

/// Records of sync runs. They are read as every kind is; a runner reports its own.
///
/// `PUT /api/{space}/syncruns/{run}` creates the record of a run or brings it up to date, and answers it. With
/// `?after=N` it answers what `GET /api/{space}/changes?after=N` does instead, so that a runner tells and asks in one
/// request. Whoever may read the space may report: a source is often read with a key that may do nothing else. A record
/// can be changed only by the user who made it, and by administrators.
enum SyncRunRoutes {
    /// Letters, digits and dashes: it stands in addresses and in the `User-Agent` of the run's requests.
    private static let longestName = 64

    static func register(in routes: inout RouteTable) {
        routes.put("syncruns/:run", scope: .space, access: .signedIn) { request in
            let run = try name(of: request)
            var body = try request.objectBody()
            body["Name"] = .string(run)
            let report = body
            guard let user = request.user else { throw APIProblem.notFound() }
            let answer = try await request.write { context in
                let plan = try context.resources.plan(.syncRuns)
                let sent = plan.request(report)
                let space = context.space?.id
                guard let known = try context.writer.document(.syncRuns, slug: run, in: space) else {
                    return try context.served(context.create(.syncRuns, sent))
                }
                let old = try context.get(.syncRuns, known.id)
                try refuseOther(old.body, sent, user)
                return try context.served(context.resources.replace(.syncRuns, known.id, with: sent, in: context))
            }
            guard request.query["after"] != nil else { return .json(answer) }
            return try await ChangeRoutes.changes(request)
        }
    }

    private static func name(of request: APIRequest) throws -> String {
        let run = try request.parameter("run").lowercased()
        let isPlain = run.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard isPlain, run.utf8.count <= longestName, run.first != "-", run.last != "-", !run.contains("--") else {
            throw APIProblem.invalid(
                "The name of a sync run has at most \(longestName) letters, digits and single dashes."
            )
        }
        return run
    }

    private static func refuseOther(_ old: JSON, _ new: JSON, _ user: SignedInUser) throws {
        guard user.isAdministrator || old.text("ReportedBy") == user.id else {
            throw APIProblem.forbidden("This sync run was reported by somebody else, who alone can say more of it.")
        }
        guard old.text("PlanId") == new.text("PlanId"), old.text("Side") == new.text("Side") else {
            throw APIProblem.invalid("A sync run of this name is about another plan.")
        }
    }
}
