/// Values that a person has made equal to the source's are ordinary pairs again.
extension VariableMatcher {
    /// Thawed before anything is paired by likeness: a name that is no longer frozen is free from this run on.
    mutating func thawLinks() {
        for item in items.indices where !items[item].isOwned {
            guard let row = items[item].row, let link = items[item].link, links[link].link.isFrozen,
                !owned.contains(rows[row].name)
            else { continue }
            thaw(item, row, link)
        }
    }

    /// A frozen row that has become what the source says is an ordinary pair again.
    private mutating func thaw(_ item: Int, _ row: Int, _ link: Int) {
        let value = items[item].value
        let actual = rows[row].value
        // What was equal from the start is a placeholder that happens to read like the value.
        guard
            sourceMoved(item, link) || links[link].link.mappedScope != items[item].mapped.scope
                || links[link].link.destination != VariableFields(actual)
        else { return }
        guard items[item].mapped.scopeClass == .exact, !value.isSensitive, value.type == actual.type,
            value.value.isExactly(actual.value), items[item].mapped.scope == actual.scope,
            items[item].name == rows[row].name, rows[row].links.count(where: { !links[$0].isDropped }) == 1
        else { return }
        links[link].link.isFrozen = false
        links[link].link.origin = .exact
        links[link].link.source = VariableFields(value)
        links[link].link.mappedScope = items[item].mapped.scope
        links[link].link.destination = VariableFields(actual)
        note(.thawed, item: item, row: row, "the destination's value equals the source's again")
    }
}
