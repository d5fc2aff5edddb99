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
    /// What an apply of the plan is for.
    public let purpose: Purpose
    /// What the program that made the plan knew of kinds and fields; another program may read documents otherwise.
    public let catalogDigest: String
    /// A guess at the requests that an apply sends: two for each operation, and reading both sides twice.
    public let requestsEstimated: Int
    /// Outside the hashed body: a plan stays the same plan when one more person approves it.
    public var approvals: [Approval]
    /// The hash of all of the above but the approvals. Made once: a plan may be large, and every request of an apply names it.
    public private(set) var planID: String

    public enum Purpose: Sendable, Hashable {
        case sync
        /// Undoes the run of this id.
        ///
        /// `leavesChanged`: what somebody changed since that run is left as it is; else it is a conflict.
        case rollback(run: String, leavesChanged: Bool)

        public var text: String {
            switch self {
            case .sync: "sync"
            case .rollback(let run, let leavesChanged): "rollback \(run)\(leavesChanged ? " leave-changed" : "")"
            }
        }

        init?(text: String) {
            let words = text.split(separator: " ").map(String.init)
            switch words.count {
            case 1 where words[0] == "sync": self = .sync
            case 2 where words[0] == "rollback": self = .rollback(run: words[1], leavesChanged: false)
            case 3 where words[0] == "rollback" && words[2] == "leave-changed":
                self = .rollback(run: words[1], leavesChanged: true)
            default: return nil
            }
        }
    }

    public init(
        plan: Plan,
        createdAt: String,
        expiresAt: String,
        engine: String,
        policyPath: String,
        purpose: Purpose = .sync,
        catalogDigest: String = "",
        requestsEstimated: Int = 0,
        approvals: [Approval] = []
    ) {
        self.purpose = purpose
        self.catalogDigest = catalogDigest
        self.requestsEstimated = requestsEstimated
        self.approvals = approvals
        self.plan = plan
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.engine = engine
        self.policyPath = policyPath
        planID = ""
        planID = Fingerprint.hash(.object(bodyMembers))
    }

    /// What the plan id is the hash of.
    private var bodyMembers: [(key: String, value: JSONOutline)] {
        [
            ("format", .value(.string(Self.format))), ("engine", .value(.string(engine))),
            ("createdAt", .value(.string(createdAt))), ("expiresAt", .value(.string(expiresAt))),
            ("policyPath", .value(.string(policyPath))), ("purpose", .value(.string(purpose.text))),
            ("catalogDigest", .value(.string(catalogDigest))), ("requestsEstimated", .value(.int(requestsEstimated))),
            ("plan", plan.outline),
        ]
    }

    /// The text of the file, in pieces: of a large plan it is several times as large as the plan in memory.
    public func forEachPiece(_ take: ([UInt8]) throws -> Void) rethrows {
        let own: [(key: String, value: JSONOutline)] = [
            ("planId", .value(.string(planID))), ("approvals", .list(approvals, \.json)),
        ]
        try JSONOutline.object(bodyMembers + own).forEachPrettyPiece(take)
        try take([UInt8(ascii: "\n")])
    }

    /// UTF-8.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        forEachPiece { bytes += $0 }
        return bytes
    }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    public static func parse(_ text: String) throws -> PlanFile {
        try Array(text.utf8).withUnsafeBytes { try parse($0) }
    }

    /// - Parameter bytes: the UTF-8 text of a file.
    public static func parse(_ bytes: UnsafeRawBufferPointer) throws -> PlanFile {
        let file: JSON
        do {
            file = try JSON.parse(bytes, limits: JSONLimits(bytes: 1 << 30, depth: 128, values: 50_000_000))
        } catch {
            throw PlanFileError(message: "this is no plan file: \(error)")
        }
        guard file["format"] == .string(format) else {
            throw PlanFileError(message: "this is no plan file of this version ('format' is not '\(format)')")
        }
        guard let plan = file["plan"].flatMap(Plan.init(json:)), let createdAt = file["createdAt"]?.stringValue,
            let expiresAt = file["expiresAt"]?.stringValue, let engine = file["engine"]?.stringValue,
            let policyPath = file["policyPath"]?.stringValue,
            let purpose = (file["purpose"]?.stringValue).flatMap(Purpose.init(text:)),
            let catalogDigest = file["catalogDigest"]?.stringValue,
            let requests = file["requestsEstimated"]?.intValue, let approvals = file["approvals"]?.arrayValue
        else { throw PlanFileError(message: "this plan file is not complete; write it again with `skerry sync plan`") }
        let result = PlanFile(
            plan: plan,
            createdAt: createdAt,
            expiresAt: expiresAt,
            engine: engine,
            policyPath: policyPath,
            purpose: purpose,
            catalogDigest: catalogDigest,
            requestsEstimated: requests,
            approvals: approvals.compactMap(Approval.init(json:))
        )
        guard file["planId"] == .string(result.planID) else {
            throw PlanFileError(
                message: "this plan file was changed after it was written; plans are not edited, make a new one"
            )
        }
        return result
    }
}
