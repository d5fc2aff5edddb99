import Catalog

/// Turns a command line, a script or a parameter file of SpaceCloner into a policy.
///
/// Every parameter is either a setting, or a warning by its name. Keys never reach the policy.
public struct SpaceClonerImport: Sendable {
    public struct Warning: Sendable, Hashable {
        /// The parameter without its hyphen; empty for what SpaceCloner always does.
        public var parameter: String
        public var message: String

        public var text: String { parameter.isEmpty ? message : "-\(parameter): \(message)" }
    }

    public private(set) var warnings: [Warning] = []
    private var settings = JSONObject()
    private var given: Set<String> = []

    public static let maxBytes = 1 << 20

    /// - Parameter text: PowerShell, or a JSON object of parameters.
    public init(_ text: String) {
        set("apiVersion", .string(PolicyFile.apiVersion))
        set("source.url", "https://source.example")
        set("source.auth", "env:SOURCE_KEY")
        set("destination.url", "https://destination.example")
        set("destination.auth", "env:DESTINATION_KEY")
        for argument in Self.arguments(text) { take(argument) }
        finish()
    }

    /// The policy's text, with the warnings as comments at its head.
    public var policy: String {
        let head = ["# Made from a command line of SpaceCloner by `skerry sync import-spacecloner`."]
        let remarks = warnings.map { "#   - \($0.text.replacing("\n", with: " "))" }
        let list = remarks.isEmpty ? [] : ["# What is different, and what to look at:"] + remarks
        return (head + list).joined(separator: "\n") + "\n" + PolicyText.yaml(.object(settings))
    }

    // MARK: - Reading

    private static func arguments(_ text: String) -> [PowerShellArguments.Argument] {
        if let json = try? JSON.parse(Array(text.utf8)), case .object(let object) = json {
            return object.map { .init(name: $0.key, value: $0.value.stringValue ?? $0.value.text) }
        }
        return PowerShellArguments(text).all
    }

    private mutating func take(_ argument: PowerShellArguments.Argument) {
        let folded = argument.name.lowercased()
        guard let parameter = SpaceClonerParameter.known[folded] else {
            warn(argument.name, "this parameter is not known; look at what it did, and say it in the policy by hand")
            return
        }
        if !given.insert(folded).inserted {
            warn(parameter.name, "given more than once; the first one counts")
            return
        }
        if case .key(let side) = parameter.action {
            let name = side == "source" ? "SOURCE_KEY" : "DESTINATION_KEY"
            warn(parameter.name, "a key does not belong in a policy: put it into the environment variable \(name)")
            return
        }
        let value = (argument.value ?? "true").trimmingSpaces
        if argument.isExpression {
            warn(
                parameter.name,
                "the value is an expression of PowerShell and is not known here; write it into the policy"
            )
            return
        }
        apply(parameter, value)
    }

    private mutating func apply(_ parameter: SpaceClonerParameter, _ value: String) {
        switch parameter.action {
        case .text(let path): if !value.isEmpty { set(path, .string(value)) }
        case .select(let type): select(type, value)
        case .environments: environments(value)
        case .projects: if value.lowercased() != "all" { set("select.projects", JSON(Self.list(value))) }
        case .words(let words):
            guard let word = words.first(where: { $0.word.lowercased() == value.lowercased() }) else {
                let known = words.map(\.word).joined(separator: ", ")
                warn(parameter.name, "'\(value)' is none of \(known); the default of the policy is used")
                return
            }
            for (path, setting) in word.settings { set(path, .string(setting)) }
            if let message = word.warning { warn(parameter.name, message) }
        case .strategy(let paths): strategy(parameter.name, value, paths)
        case .remark(let message): if !["", "false"].contains(value.lowercased()) { warn(parameter.name, message) }
        case .key: break
        }
    }

    // MARK: - What a value means

    private static func list(_ value: String) -> [String] {
        value.split(separator: ",").map { String($0).trimmingSpaces }.filter { !$0.isEmpty }
    }

    private mutating func select(_ type: String, _ value: String) {
        switch value.lowercased() {
        case "all": break
        case "": set("types.\(type).mode", "skip")
        default: set("types.\(type).select", JSON(Self.list(value)))
        }
    }

    /// What was not listed was found by name where the destination had it, and else fell away.
    private mutating func environments(_ value: String) {
        if value.lowercased() == "all" { return set("environments.*", "same") }
        for name in Self.list(value) { set("environments.\(name)", "same") }
    }

    private static let strategies = [
        "ErrorUnlessExactMatch", "SkipUnlessExactMatch", "ErrorUnlessPartialMatch", "SkipUnlessPartialMatch",
        "IgnoreMismatch", "IgnoreMismatchOnNewLeaveExistingAlone",
    ]

    /// The six words are the same in a policy; steps have words of their own.
    private mutating func strategy(_ parameter: String, _ value: String, _ paths: [String]) {
        guard let word = Self.strategies.first(where: { $0.lowercased() == value.lowercased() }) else {
            return warn(parameter, "'\(value)' is none of \(Self.strategies.joined(separator: ", "))")
        }
        let setting = word.prefix(1).lowercased() + word.dropFirst()
        for path in paths {
            set(path, .string(path == "steps.environmentMismatch" ? Self.stepWords[setting] ?? "error" : setting))
        }
        guard word.hasPrefix("Ignore") else { return }
        warn(
            parameter,
            "SpaceCloner took a scope away that had no counterpart, so that the value or step applied everywhere. "
                + "Here a value becomes a placeholder and a step is left out; to have it as before, write "
                + "variables.newValue: copy and widening: allow"
        )
    }

    private static let stepWords = [
        "errorUnlessExactMatch": "error", "errorUnlessPartialMatch": "error", "skipUnlessExactMatch": "skipUnlessExact",
        "skipUnlessPartialMatch": "skipUnlessPartial", "ignoreMismatch": "ignore",
        "ignoreMismatchOnNewLeaveExistingAlone": "leaveExistingAlone",
    ]

    // MARK: - The whole

    /// What is not named was not cloned; environments come last, since the first match decides.
    private mutating func finish() {
        for parameter in SpaceClonerParameter.all {
            guard case .select(let type) = parameter.action, !given.contains(parameter.name.lowercased()) else {
                continue
            }
            if type != "projects" { set("types.\(type).mode", "skip") }
        }
        if !given.contains("projectstoclone") {
            set("select.projects", ["!*"])
            if given.contains("parentprojectname") || given.contains("childprojectstosync") {
                warn("ParentProjectName", "projects of one space are not synced with each other yet")
            }
        }
        if member("environments.*") == nil { set("environments.*", "existing") }
        warn(
            "",
            "SpaceCloner found a variable's counterpart by name and value, so that values of one name that are equal in "
                + "several scopes became one. Here every value keeps its scope; the first plan may add what was lost."
        )
        warn(
            "",
            "sensitive values were created as a dummy text; here they stay empty and are listed until a person fills them."
        )
        warn("", "a manual step whose team was missing went to the space managers; here the plan lists it instead.")
    }

    private mutating func warn(_ parameter: String, _ message: String) {
        warnings.append(Warning(parameter: parameter, message: message))
    }

    // MARK: - Paths

    /// Names of environments may have dots: only the first dot of theirs parts anything.
    private static func parts(_ path: String) -> [String] {
        if path.hasPrefix("environments.") { return ["environments", String(path.dropFirst(13))] }
        return path.split(separator: ".").map(String.init)
    }

    private func member(_ path: String) -> JSON? {
        Self.parts(path).reduce(JSON.object(settings) as JSON?) { $0?[$1] }
    }

    private mutating func set(_ path: String, _ value: JSON) {
        settings = Self.setting(value, in: settings, Self.parts(path)[...])
    }

    private static func setting(_ value: JSON, in object: JSONObject, _ path: ArraySlice<String>) -> JSONObject {
        guard let first = path.first else { return object }
        var object = object
        if path.count == 1 {
            object[first] = value
        } else {
            object[first] = .object(setting(value, in: object[first]?.objectValue ?? [:], path.dropFirst()))
        }
        return object
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
