import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncApproveCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Sign a plan, or a part of it, so that it may be applied.",
        discussion: """
            The signature goes into the plan file. It stands for the content of the operations: when the plan is made \
            anew with `skerry sync plan --rebase`, it stays good for those that are the same, and for no other.

            Example: skerry sync approve team.skplan --key alice.key --scope 'projects/Web*'

            The policy says how many must approve, and whose keys count (approvals). `skerry sync keygen` makes a key.
            """
    )

    @OptionGroup var output: OutputOptions

    @Argument(help: ArgumentHelp("The plan file.", valueName: "plan"))
    var plan: String

    @Option(help: ArgumentHelp("The file with your key, which only you can read.", valueName: "file"))
    var key: String

    @Option(
        help: ArgumentHelp(
            "What you approve, as type/name with * and ?. May be repeated. Without it: the whole plan.",
            valueName: "pattern"
        )
    )
    var scope: [String] = []

    @Option(
        name: .customLong("delete"),
        help: ArgumentHelp(
            "An environment, tenant or project whose deletion you approve, as environments/NAME. May be repeated.",
            valueName: "type/name"
        )
    )
    var deletions: [String] = []

    @Option(help: ArgumentHelp("For how many hours the approval holds.", valueName: "hours"))
    var valid = 168

    func validate() throws {
        guard (1...8760).contains(valid) else { throw ValidationError("--valid is 1 to 8760 hours.") }
    }

    func perform() async throws -> CommandResult {
        try await syncing {
            var file = try PlanFileAccess.read(plan)
            try refuseUnknownDeletions(file.plan)
            let now = Date()
            let approval = try Approval(
                of: file,
                scope: scope,
                deletions: deletions,
                at: now.timestamp,
                until: now.addingTimeInterval(Double(valid) * 3600).timestamp,
                key: try ApprovalKeyFile.read(key)
            )
            guard !approval.operations.isEmpty else {
                throw PlanFileAccess.unusable("Nothing in \(plan) matches \(scope.joined(separator: ", ")).")
            }
            file.approvals.append(approval)
            try PlanFileAccess.write(file, to: plan)
            let count = approval.operations.count
            return CommandResult(
                message:
                    "Approved \(count) of \(file.plan.operations.count) operations of \(plan), until \(approval.expiresAt).",
                data: [
                    "planId": .string(file.planID), "approved": .int(count), "key": .string(approval.key),
                    "approvals": .int(file.approvals.count),
                ]
            )
        }
    }

    private func refuseUnknownDeletions(_ plan: Plan) throws {
        let known = Set(plan.operations.filter { $0.action == .delete }.map { EntityKey.folded($0.key.description) })
        if let other = deletions.first(where: { !known.contains(EntityKey.folded($0)) }) {
            throw PlanFileAccess.unusable("The plan does not delete \(other); write it as the plan does: type/name.")
        }
    }
}

struct SyncKeygenCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Make a key to approve plans with.",
        discussion: """
            Writes the secret half to a file that only you can read, and prints the public half for the policy:

              approvals:
                required: 1
                keys: [{name: Alice, key: "ed25519:…"}]

            Example: skerry sync keygen --out alice.key
            """
    )

    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("The file to write; it must not exist.", valueName: "file"))
    var out: String

    func perform() async throws -> CommandResult {
        try await syncing {
            let key = ApprovalKey()
            try ApprovalKeyFile.write(key, to: out)
            return CommandResult(
                message: "Wrote \(out); keep it secret. In the policy name the public half: \(key.publicText)",
                data: ["key": .string(key.publicText), "file": .string(FlowOptions.absolute(out))]
            )
        }
    }
}
