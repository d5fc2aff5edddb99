import Catalog

/// Step 10 and the checks that change nothing.
extension VariableMatcher {
    /// Values of one name and scope that differ: a deployment would pick one of them.
    ///
    /// - Parameter keys: those of the values, in their order.
    mutating func noteAmbiguous(_ result: [VariableValue], _ keys: [ValueKey]) {
        var first: [ValueKey: Int] = [:]
        var noted: Set<ValueKey> = []
        first.reserveCapacity(result.count)
        for (index, key) in keys.enumerated() {
            guard let other = first[key] else {
                first[key] = index
                continue
            }
            let differs = !isSame(result[other], result[index])
            guard differs, noted.insert(key).inserted else { continue }
            let id = result[other].id
            notices.append(
                VariableNotice(
                    reason: .ambiguous,
                    name: result[index].name,
                    sourceID: nil,
                    destinationID: id.isEmpty ? nil : id,
                    detail: "several values have this name and are \(result[index].scope)"
                )
            )
        }
    }

    /// Variables whose values lead back to themselves cannot be evaluated.
    mutating func noteCycles() {
        var uses: [String: [String]] = [:]
        var order: [String] = []
        func add(_ name: String, _ names: ReferencedNames) {
            guard !names.folded.isEmpty else { return }
            if uses[name] == nil { order.append(name) }
            uses[name, default: []] += names.folded
        }
        for row in rows.indices where !rows[row].isDeleted { add(rows[row].name, rowReferences[row]) }
        for (addition, names) in zip(additions, additionReferences) {
            add(VariableName.fold(addition.value.name), names)
        }
        var state: [String: Bool] = [:]
        for start in order where state[start] == nil {
            for name in namesOnCycles(from: start, uses, &state) {
                notices.append(
                    VariableNotice(
                        reason: .referenceCycle,
                        name: name,
                        sourceID: nil,
                        destinationID: nil,
                        detail: "its value refers to itself, directly or through other variables"
                    )
                )
            }
        }
    }

    /// Depth first without recursion; `state` is true while a name is on the way, false once it is done.
    private func namesOnCycles(
        from start: String,
        _ uses: [String: [String]],
        _ state: inout [String: Bool]
    ) -> [String] {
        var found: [String] = []
        var path: [(name: String, next: Int)] = [(start, 0)]
        state[start] = true
        while let (name, next) = path.last {
            let names = uses[name] ?? []
            guard next < names.count else {
                state[name] = false
                path.removeLast()
                continue
            }
            path[path.count - 1].next += 1
            switch state[names[next]] {
            case .none:
                state[names[next]] = true
                path.append((names[next], 0))
            case true: if !found.contains(names[next]) { found.append(names[next]) }
            default: break
            }
        }
        return found
    }

    /// Names that values of the source refer to, and those that steps use.
    func namesUsedAtSource() -> Set<String> {
        var used: Set<String> = []
        func add(_ name: String) {
            let folded = VariableName.fold(name)
            used.insert(folded)
            used.formUnion(ResolvableNames.parents(folded))
        }
        input.usedNames.forEach(add)
        for item in items {
            guard let text = item.value.value.stringValue else { continue }
            VariableReferences.names(in: text).forEach(add)
        }
        return used
    }
}
