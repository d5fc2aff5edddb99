/// Turns what a client sent into the body of a document, by the description of its kind alone.
///
/// What it does is in sections 1.9, 1.11, 1.12 and 1.14 of the REST contract: names of members become exact, absent
/// ones get their defaults, nulls become the empty value of their type, read-only ones keep what is stored, secrets
/// are taken out. What needs other documents, a clock or a counter is not done here: ids of documents and tags,
/// slugs, versions, existence of what is referred to.
public struct Intake: Sendable {
    /// Why a request is refused: one sentence for people, and the place that it is about.
    public struct Problem: Sendable, Hashable {
        /// `Steps[0].Actions[1].Name`; empty for the whole document.
        public var path: String
        public var message: String

        public init(path: String, message: String) {
            self.path = path
            self.message = message
        }
    }

    public enum SecretChange: Sendable, Hashable {
        case keep
        case set(String)
        case clear
    }

    public struct Outcome: Sendable {
        /// Described members in the order of their description, then unknown ones. Of the members that all documents
        /// have, those that the server sets are what they were in the stored document, or null.
        public var body: JSON
        /// Each place of the body where a secret can be, with the path of its `Site`. Stored secrets at other places
        /// are no longer part of the document.
        public var secrets: [(path: [String], change: SecretChange)]
        /// Not empty: the request must be refused, and the body is of no use.
        public var problems: [Problem]
    }

    /// - Parameters:
    ///   - input: what the client sent.
    ///   - existing: the stored body that is replaced; nil for a new document.
    ///   - newUUID: makes the ids of new entries.
    ///   - context: tells which properties of an action and which answers of a tenant are sensitive.
    public static func complete(
        _ input: JSON,
        for kind: Kind,
        replacing existing: JSON?,
        newUUID: () -> String,
        in context: SiteContext = .none
    ) -> Outcome {
        withoutActuallyEscaping(newUUID) { newUUID in
            var run = IntakeRun(context: context, newUUID: newUUID)
            let body = run.document(input, kind, stored: existing?.objectValue)
            return Outcome(body: body, secrets: run.secrets, problems: run.problems)
        }
    }
}

/// One intake: what it has found so far.
struct IntakeRun {
    let context: SiteContext
    let newUUID: () -> String
    var secrets: [(path: [String], change: Intake.SecretChange)] = []
    var problems: [Intake.Problem] = []

    init(context: SiteContext, newUUID: @escaping () -> String) {
        self.context = context
        self.newUUID = newUUID
    }

    /// Where in the document something is: for the store and for people.
    struct Place {
        var path: [String] = []
        var shown = ""

        func member(_ name: String) -> Place {
            Place(path: path + [name], shown: shown.isEmpty ? name : "\(shown).\(name)")
        }

        func element(_ id: String, at position: Int) -> Place {
            Place(path: path + [id], shown: "\(shown)[\(position)]")
        }
    }

    mutating func refuse(_ place: Place, _ message: String) {
        problems.append(Intake.Problem(path: place.shown, message: message))
    }

    mutating func refuse(_ place: Place, expected: String, found: JSON) {
        let what = place.shown.isEmpty ? "The body" : "The \(place.shown) field"
        refuse(place, "\(what) must be \(expected), not \(found.typeName).")
    }

    mutating func document(_ input: JSON, _ kind: Kind, stored: JSONObject?) -> JSON {
        guard case .object(let given) = input else {
            refuse(Place(), expected: "an object", found: input)
            return [:]
        }
        let common = kind.commonFields.map(\.name)
        var body = JSONObject()
        for name in common where name != "Links" && !name.hasPrefix("LastModified") {
            body[name] = stored?[name] ?? (name == "Version" ? 0 : .null)
        }
        if common.contains("SpaceId"), stored?["SpaceId"] == nil, case .string(let space)? = given[caseless: "SpaceId"]
        {
            body["SpaceId"] = .string(space)
        }
        for (name, value) in object(given, kind.shape, stored: stored, at: Place(), besides: common) {
            body[name] = value
        }
        for name in common where name.hasPrefix("LastModified") { body[name] = stored?[name] ?? .null }
        return .object(body)
    }
}
