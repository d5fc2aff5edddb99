import Catalog

/// Why a text is not a plan file.
public struct PlanFileError: Error, Sendable, Hashable, CustomStringConvertible {
    public var message: String
    public var description: String { message }
}

/// The plan file (`*.skplan`): canonical JSON of a plan, with what only the moment of writing knows beside it.
///
/// `planId` is the SHA-256 of the body, so that a file that was edited is recognised.
public struct PlanFile: Sendable, Hashable {
    public static let format = "skerry.plan/v1"

    public let plan: Plan
    /// RFC 3339 with offset.
    public let createdAt: String
    public let expiresAt: String
    /// The version of Skerry that wrote it.
    public let engine: String
    /// Where the policy file was, so that `apply` finds it again; absolute.
    public let policyPath: String
    /// The hash of all of the above. Made once: a plan may be large, and every request of an apply names it.
    public let planID: String

    public init(plan: Plan, createdAt: String, expiresAt: String, engine: String, policyPath: String) {
        self.plan = plan
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.engine = engine
        self.policyPath = policyPath
        body = [
            "format": .string(Self.format), "engine": .string(engine), "createdAt": .string(createdAt),
            "expiresAt": .string(expiresAt), "policyPath": .string(policyPath), "plan": plan.json,
        ]
        planID = Fingerprint.hash(body)
    }

    private let body: JSON

    /// The text of the file.
    public var text: String {
        var file = body
        file["planId"] = .string(planID)
        return file.prettyText(sorted: true) + "\n"
    }

    public static func parse(_ text: String) throws -> PlanFile {
        let file: JSON
        do {
            file = try JSON.parse(text, limits: JSONLimits(bytes: 1 << 30, depth: 128, values: 50_000_000))
        } catch {
            throw PlanFileError(message: "this is no plan file: \(error)")
        }
        guard file["format"] == .string(format) else {
            throw PlanFileError(message: "this is no plan file of this version ('format' is not '\(format)')")
        }
        guard let plan = file["plan"].flatMap(Plan.init(json:)), let createdAt = file["createdAt"]?.stringValue,
            let expiresAt = file["expiresAt"]?.stringValue, let engine = file["engine"]?.stringValue,
            let policyPath = file["policyPath"]?.stringValue
        else { throw PlanFileError(message: "this plan file is not complete; write it again with `skerry sync plan`") }
        let result = PlanFile(
            plan: plan,
            createdAt: createdAt,
            expiresAt: expiresAt,
            engine: engine,
            policyPath: policyPath
        )
        guard file["planId"] == .string(result.planID) else {
            throw PlanFileError(
                message: "this plan file was changed after it was written; plans are not edited, make a new one"
            )
        }
        return result
    }
}
