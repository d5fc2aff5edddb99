/// Why something was done, left out or is worth a look. The raw values are stable: plans and policies refer to them.
public enum VariableReason: String, Sendable, Hashable, CaseIterable {
    // Why a value was left out, or a pair left alone.
    case scopeSkipped = "scope-skipped"
    case existingLeftAlone = "existing-left-alone"
    case excludedChannel = "excluded-channel"
    case wideningRefused = "widening-refused"
    case besideFrozen = "beside-frozen"
    case shadowed
    case occupied
    case unresolvedPairing = "unresolved-pairing"
    case ambiguousSource = "ambiguous-source"
    case duplicate
    case collision
    case missingReference = "missing-reference"
    case destinationOwned = "destination-owned"
    case deletedAtDestination = "deleted-at-destination"

    // Why the set or a field stopped.
    case scopeError = "scope-error"
    case bothChanged = "both-changed"
    case nameTaken = "name-taken"
    case adoptDifference = "adopt-difference"
    case unresolvedReference = "unresolved-reference"

    // What was done.
    case newExact = "new-exact"
    case newPartial = "new-partial"
    case newStripped = "new-stripped"
    case newPlaceholder = "new-placeholder"
    case neededPlaceholder = "needed-placeholder"
    case restored
    case sourceChanged = "source-changed"
    case sourceWins = "source-wins"
    case sourceDeleted = "source-deleted"

    // What is worth a look.
    case ambiguous
    case editMe = "edit-me"
    case orphan
    case orphanModified = "orphan-modified"
    case frozenSourceChange = "frozen-source-change"
    case thawed
    case relinked
    case adopted
    case overwriteNever = "overwrite-never"
    case driftName = "drift-name"
    case driftType = "drift-type"
    case driftValue = "drift-value"
    case driftScope = "drift-scope"
    case driftDescription = "drift-description"
    case driftPrompt = "drift-prompt"
    case referenceCycle = "reference-cycle"
}
