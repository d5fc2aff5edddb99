import Catalog

/// What the server makes of the steps that a client sends: ids, slugs and the two places of the primary package.
///
/// Everything else of a step is stored verbatim, because clients compare what they read with what they wrote.
struct ProcessBody {
    /// The steps as they are stored now, for the slugs of steps that a client sends without.
    private let oldSlugs: [String: String]
    private let newID: () -> String
    private var errors: [String] = []
    private var stepNames = Set<String>()
    private var actionNames = Set<String>()
    private var ids = Set<String>()
    private var slugs = Set<String>()

    init(replacing old: JSON?, newID: @escaping () -> String) {
        self.newID = newID
        var oldSlugs: [String: String] = [:]
        for step in old?["Steps"]?.arrayValue ?? [] {
            for part in [step] + (step["Actions"]?.arrayValue ?? []) {
                if let id = part["Id"]?.stringValue, let slug = part["Slug"]?.stringValue { oldSlugs[id] = slug }
            }
        }
        self.oldSlugs = oldSlugs
    }

    /// - Throws: an `APIProblem` that lists everything that is wrong with the steps.
    mutating func normalise(_ body: inout JSON) throws {
        guard let steps = body["Steps"] else { return }
        guard case .array(let given) = steps else {
            throw APIProblem.invalid("Steps must be an array, but is \(steps.typeName).")
        }
        var result: [JSON] = []
        for (position, step) in given.enumerated() {
            guard step.objectValue != nil else {
                throw APIProblem.invalid("Steps[\(position)] must be an object, but is \(step.typeName).")
            }
            result.append(normalised(step, isFirst: position == 0))
        }
        guard errors.isEmpty else { throw APIProblem.invalid(errors) }
        body["Steps"] = .array(result)
    }

    private mutating func normalised(_ given: JSON, isFirst: Bool) -> JSON {
        var step = given
        let name = step["Name"]?.stringValue?.trimmingSpaces ?? ""
        if name.isEmpty {
            errors.append("A step has no Name. Give every step a name.")
        } else if !stepNames.insert(name.lowercased()).inserted {
            errors.append("Two steps are named '\(name)'. Names of steps must be unique in the process.")
        }
        step["Id"] = .string(identity(of: step))
        step["Slug"] = .string(slug(of: step, name: name))
        if isFirst, step["StartTrigger"] == "StartWithPrevious" { step["StartTrigger"] = "StartAfterPrevious" }
        step["Properties"] = Self.properties(step["Properties"])
        let actions = step["Actions"]?.arrayValue ?? []
        if actions.isEmpty { errors.append("The step '\(name)' has no action. A step needs at least one.") }
        step["Actions"] = .array(
            actions.map { action in
                guard action.objectValue != nil else {
                    errors.append("An action of the step '\(name)' is \(action.typeName) instead of an object.")
                    return action
                }
                return normalised(action: action, nameOfStep: actions.count == 1 ? name : nil)
            }
        )
        return step
    }

    private mutating func normalised(action given: JSON, nameOfStep: String?) -> JSON {
        var action = given
        var name = action["Name"]?.stringValue?.trimmingSpaces ?? ""
        if name.isEmpty, let nameOfStep {
            name = nameOfStep
            action["Name"] = .string(name)
        }
        if name.isEmpty {
            errors.append("An action has no Name. Give every action of a step with several actions a name.")
        } else if !actionNames.insert(name.lowercased()).inserted {
            errors.append("Two actions are named '\(name)'. Names of actions must be unique in the process.")
        }
        action["Id"] = .string(identity(of: action))
        action["Slug"] = .string(slug(of: action, name: name))
        action["Properties"] = Self.properties(action["Properties"])
        PrimaryPackage.align(&action, newID: newID)
        action["CanBeUsedForProjectVersioning"] = .bool(!(action["Packages"]?.arrayValue ?? []).isEmpty)
        return action
    }

    /// Absent, null and empty all mean a new part; a given id is kept, because variables and channels point at it.
    private mutating func identity(of part: JSON) -> String {
        guard let id = part["Id"]?.stringValue, !id.isEmpty else { return newID() }
        if !ids.insert(id).inserted {
            errors.append("The id '\(id)' occurs twice. Leave Id empty in steps and actions that are new.")
        }
        return id
    }

    private mutating func slug(of part: JSON, name: String) -> String {
        if let given = part["Slug"]?.stringValue, !given.isEmpty {
            slugs.insert(given)
            return given
        }
        if let id = part["Id"]?.stringValue, let old = oldSlugs[id] {
            slugs.insert(old)
            return old
        }
        let base = Slugs.slug(of: name)
        var slug = base
        var number = 1
        while !slugs.insert(slug).inserted {
            slug = "\(base)-\(number)"
            number += 1
        }
        return slug
    }

    /// Properties are strings and secrets; a null would be read by clients as a secret, so it is left out.
    static func properties(_ value: JSON?) -> JSON {
        guard case .object(let object)? = value else { return [:] }
        return .object(
            JSONObject(
                object.compactMap { key, value in
                    switch value {
                    case .null: nil
                    case .bool(let flag): (key, flag ? "True" : "False")
                    case .int(let number): (key, .string(String(number)))
                    case .decimal(let text): (key, .string(text))
                    default: (key, value)
                    }
                }
            )
        )
    }
}
