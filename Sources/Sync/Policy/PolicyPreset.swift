/// A kind of split, with the decisions that belong to it (S-9 to S-12). A preset is a policy of its own: what the file
/// says comes after it.
public struct PolicyPreset: Sendable, Hashable {
    public let name: String
    /// One sentence: for whom it is.
    public let meaning: String
    public let answers: [String]
    /// Settings as a policy file writes them.
    public let text: String

    public static let all = [lowerUpper, isolatedProduction, tenantSplit, mirror]

    public static func named(_ name: String) -> PolicyPreset? { all.first { $0.name == name } }

    static let lowerUpper = PolicyPreset(
        name: "lower-upper",
        meaning: "a Dev/Test server where developers may change anything, and a locked Staging/Production server",
        answers: ["S-9"],
        text: """
            # Environments that only the lower server has do not appear at the upper one.
            environments: {"*": existing}
            types:
              lifecycles: {phases: exclude}
              tenants: {variables: existingAlone}
            steps:
              extra: report
              environmentMismatch: leaveExistingAlone
            variables:
              scopeMismatch: {environments: ignoreMismatchOnNewLeaveExistingAlone}
              newValue: copyExactElsePlaceholder
              overwrite: ifUnchanged
            deletes: {mode: report}
            """
    )

    static let isolatedProduction = PolicyPreset(
        name: "isolated-production",
        meaning: "a server with all environments, and a separate one for production targets under a regulation",
        answers: ["S-10"],
        text: """
            # Only the environments that the isolated server has itself.
            environments: {"*": existing}
            types:
              lifecycles: {phases: include}
              tenants: {variables: placeholderNew}
            steps:
              extra: report
              # A step for the other environments only has no business there.
              environmentMismatch: skipUnlessPartial
            variables:
              # Nor has a value. What is there belongs to the isolated server.
              scopeMismatch: {environments: skipUnlessPartialMatch}
              overwrite: never
              newBesideFrozen: placeholder
            deletes: {mode: report}
            """
    )

    static let tenantSplit = PolicyPreset(
        name: "tenant-split",
        meaning: "a separate server for certain tenants; the environments are the same, only the tenants differ",
        answers: ["S-11"],
        text: """
            environments: {"*": same}
            types:
              lifecycles: {mode: merge, phases: include}
              # Each server has its own tenants; name those that are on both in types.tenants.select.
              tenants: {select: none, variables: existingAlone}
            steps:
              extra: report
              # With the same environments on both sides a mismatch is a mistake.
              environmentMismatch: error
            variables:
              scopeMismatch: {environments: errorUnlessExactMatch}
              overwrite: ifUnchanged
            deletes: {mode: report}
            """
    )

    static let mirror = PolicyPreset(
        name: "mirror",
        meaning: "a copy for reading or standby; every edit at the destination is undone",
        answers: ["S-26"],
        text: """
            environments: {"*": same}
            initial: source
            deletedAtDestination: restore
            conflicts: {default: source}
            types:
              environments: exact
              projectGroups: exact
              machinePolicies: exact
              lifecycles: {mode: exact, phases: include}
              librarySets: exact
              projects: exact
              channels: exact
              processes: exact
              runbooks: exact
              runbookProcesses: exact
              tenants: {mode: exact, variables: copyNew}
            steps: {extra: remove}
            variables:
              newValue: copy
              overwrite: always
              newBesideFrozen: add
              delete: delete
              deletedAtDestination: restore
              initial: source
            deletes: {mode: deleteIfUnchanged}
            """
    )
}

extension Policy {
    /// The destination is a copy: its edits of exact types are undone on every run, without `--heal`.
    var isReplica: Bool { preset == PolicyPreset.mirror.name || flow == .oneWayReplica }
}
