import Catalog

extension Policy {
    /// How long a destination keeps things at most: cloud services have caps that other servers do not (`E-81`).
    public struct RetentionCap: Sendable, Hashable {
        public enum OverCap: String, Sendable, Hashable, CaseIterable {
            case refuse, lower
        }

        /// 0: no cap.
        public var maxDays = 0
        /// 0: no cap.
        public var maxItems = 0
        public var overCap = OverCap.refuse
    }
}

extension Planner {
    /// The fields with retentions that the destination allows. Nil, with a conflict, where one is beyond the cap and
    /// the policy refuses that.
    ///
    /// - Parameter present: what the destination has: a retention that is there already is not sent.
    func withinCaps(_ fields: [TranslatedField], of pair: Pair, present: JSON?) -> [TranslatedField]? {
        let cap = policy.retention
        guard cap.maxDays > 0 || cap.maxItems > 0, [.lifecycles, .runbooks].contains(pair.source.key.kind) else {
            return fields
        }
        var isRefused = false
        let result = fields.map { field in
            if present?[field.name] == field.value { return field }
            var walk = RetentionWalk(cap: cap)
            var field = field
            field.value = walk.lowered(field.value, [field.name])
            for excess in walk.found {
                let path = excess.path.joined(separator: "/")
                if cap.overCap == .lower {
                    notice("retention-lowered", pair.finalKey, path, "\(excess.text); it becomes the cap")
                } else {
                    isRefused = true
                    conflict(
                        "retention-cap",
                        pair.source.key,
                        path,
                        source: excess.value,
                        "\(excess.text); shorten it at the source, or let it become the cap with retention.overCap: lower"
                    )
                }
            }
            return field
        }
        return isRefused ? nil : result
    }
}

/// Finds the retentions in a value, at any depth.
private struct RetentionWalk {
    struct Excess {
        var path: [String]
        var value: JSON
        var text: String
    }

    let cap: Policy.RetentionCap
    private(set) var found: [Excess] = []

    init(cap: Policy.RetentionCap) { self.cap = cap }

    mutating func lowered(_ value: JSON, _ path: [String]) -> JSON {
        switch value {
        case .array(let elements):
            return .array(
                elements.enumerated().map { position, element in
                    lowered(element, path + [element["Name"]?.stringValue ?? String(position)])
                }
            )
        case .object(let object):
            if object["Strategy"] != nil, object["QuantityToKeep"] != nil { return retention(value, path) }
            return .object(JSONObject(object.map { ($0.key, lowered($0.value, path + [$0.key])) }))
        default: return value
        }
    }

    /// The space's own default is what the destination makes of it, and within its cap.
    private mutating func retention(_ value: JSON, _ path: [String]) -> JSON {
        let quantity = value["QuantityToKeep"]?.intValue ?? 0
        let isDays = value["Unit"] == "Days"
        let most: Int
        let wish: String
        switch value["Strategy"]?.stringValue {
        case "Forever":
            most = cap.maxDays > 0 ? cap.maxDays : cap.maxItems
            wish = "keeps for ever"
        case "Count":
            most = isDays ? cap.maxDays : cap.maxItems
            guard most > 0, quantity > most else { return value }
            wish = "keeps \(quantity) \(isDays ? "days" : "items")"
        default: return value
        }
        let isCappedInDays = value["Strategy"] == "Forever" ? cap.maxDays > 0 : isDays
        let (name, unit) = isCappedInDays ? ("retention.maxDays", "days") : ("retention.maxItems", "items")
        found.append(
            Excess(path: path, value: value, text: "\(wish), and the destination at most \(most) \(unit) (\(name))")
        )
        var lowered = value
        lowered["Strategy"] = "Count"
        lowered["Unit"] = isCappedInDays ? "Days" : "Items"
        lowered["QuantityToKeep"] = .int(most)
        lowered["ShouldKeepForever"] = false
        return lowered
    }
}
