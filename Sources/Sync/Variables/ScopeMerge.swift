/// The three-way comparison of scopes: per dimension, and within a dimension per name.
struct ScopeMerge {
    /// What the destination's scope becomes.
    var scope: VariableScope
    /// What the destination's scope would be had nobody edited it there: the base for the next comparison, in which
    /// such edits still show as drift.
    var nextBase: VariableScope
    var sourceChanged = false
    var isDrift = false
    /// Both sides changed a dimension in ways that cannot be united.
    var isConflict = false
    /// Both sides took names away until none was left, which would mean "everything".
    var empties = false

    /// - Parameters:
    ///   - base: the source scope at the last sync, in the destination's terms.
    ///   - source: the source scope now, in the destination's terms.
    ///   - destinationBase: the destination's scope at the last sync.
    ///   - destination: the destination's scope now.
    init(
        base: VariableScope,
        source: VariableScope,
        destinationBase: VariableScope,
        destination: VariableScope
    ) {
        scope = destination
        nextBase = destinationBase
        if base == source {
            isDrift = destinationBase != destination
            return
        }
        sourceChanged = true
        let dimensions = Set(
            base.dimensions + source.dimensions + destinationBase.dimensions + destination.dimensions
        )
        for dimension in dimensions.sorted() {
            merge(
                dimension,
                base[dimension],
                source[dimension],
                destinationBase[dimension],
                destination[dimension]
            )
        }
    }

    private mutating func merge(
        _ dimension: ScopeDimension,
        _ base: [String],
        _ source: [String],
        _ destinationBase: [String],
        _ destination: [String]
    ) {
        if base == source {
            isDrift = isDrift || destinationBase != destination
        } else if source == destination {
            nextBase[dimension] = destination
        } else if base == destinationBase, destinationBase == destination {
            scope[dimension] = source
            nextBase[dimension] = source
        } else if [base, source, destinationBase, destination].contains([]) {
            // No names means no restriction, so adding to it or taking from it name by name makes no sense.
            isConflict = true
        } else {
            // A name that the destination itself added or took away stays as the destination wants it.
            let added = Set(source).subtracting(base)
            let removed = Set(base).subtracting(source)
            let kept = Set(destination).subtracting(destinationBase)
            let dropped = Set(destinationBase).subtracting(destination)
            scope[dimension] =
                Set(destination).union(added.subtracting(dropped)).subtracting(removed.subtracting(kept)).sorted()
            nextBase[dimension] = Set(destinationBase).union(added).subtracting(removed).sorted()
            empties = empties || !scope.restricts(dimension)
        }
    }
}
