import ArgumentParser
import Foundation
import Sync
import SyncRun

/// Which decisions of people a command goes by. Every command that plans has these.
struct ResolutionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The file with decisions about conflicts that `skerry sync resolve` writes.",
            discussion: "Without it: NAME.skresolve beside the policy NAME.yaml, when there is one.",
            valueName: "file"
        )
    )
    var resolutions: String?

    func store(policyPath: String) -> ResolutionStore {
        let path = resolutions ?? ResolutionStore.defaultPath(forPolicyAt: policyPath)
        return ResolutionStore(path: FlowOptions.absolute(path))
    }

    /// - Throws: also when a file that was named is not there.
    func load(policyPath: String) throws -> [ConflictResolution] {
        if let resolutions, !FileManager.default.fileExists(atPath: resolutions) {
            throw SyncRunError.policy(
                path: resolutions,
                problem: "the file of decisions does not exist; `skerry sync resolve` writes one"
            )
        }
        return try store(policyPath: policyPath).load()
    }
}

/// What a run may do beyond the policy's everyday. Both are off unless given.
struct SwitchOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Revert what the destination changed in exact types.",
            discussion: "And in the types for which the policy says heal: true. Without it such drift is only reported."
        )
    )
    var heal = false

    @Flag(
        help: ArgumentHelp(
            "Delete what is gone at the source where the policy only reports it.",
            discussion: "Only what the destination left unchanged and nothing uses; guards and protection still hold."
        )
    )
    var prune = false

    var settings: PlanSettings { PlanSettings(heals: heal, pruning: prune ? .prune : .asPolicy) }
}
