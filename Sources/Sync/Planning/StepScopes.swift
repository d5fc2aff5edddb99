import Catalog

/// Takes what the destination keeps out of the comparison of two processes.
struct StepScopes {
    let planner: Planner
    let process: Pair

    /// - Parameters:
    ///   - source: the translated steps; kept scopes become the destination's.
    ///   - base: the same.
    func settle(_ source: inout JSON, _ base: inout JSON?, _ destination: JSON) {
        guard let notes = planner.stepNotes[process.source.key] else { return }
        if notes.keptScopes.isEmpty { return }
        source = keeping(notes.keptScopes, in: source, from: destination)
        base = base.map { keeping(notes.keptScopes, in: $0, from: destination) }
    }

    private func keeping(_ places: Set<[String]>, in steps: JSON, from destination: JSON) -> JSON {
        let theirs = actions(of: destination)
        return mappingActions(of: steps) { place, action in
            guard places.contains(place), let own = theirs[place] else { return action }
            var action = action
            for field in StepTranslation.scopeFields where own[field] != nil { action[field] = own[field] }
            return action
        }
    }

    private func actions(of steps: JSON) -> [[String]: JSON] {
        var result: [[String]: JSON] = [:]
        _ = mappingActions(of: steps) { place, action in
            result[place] = action
            return action
        }
        return result
    }

    private func mappingActions(of steps: JSON, _ change: ([String], JSON) -> JSON) -> JSON {
        guard case .array(let steps) = steps else { return steps }
        return .array(
            steps.map { step in
                guard case .array(let actions) = step["Actions"] else { return step }
                let name = EntityKey.folded(step["Name"]?.stringValue ?? "")
                var step = step
                step["Actions"] = .array(
                    actions.map { change([name, EntityKey.folded($0["Name"]?.stringValue ?? "")], $0) }
                )
                return step
            }
        )
    }
}
