/// Why something is not begun, for the person who asked for it.
public struct Refusal: Error, Hashable, CustomStringConvertible {
    public var message: String

    public var description: String { message }

    init(_ message: String) { self.message = message }
}

/// One field of a form.
struct Question: Sendable {
    enum Kind: Sendable {
        case text, password, lines
        /// On or off; its value is `yes` or empty.
        case check
        /// One of several: the value and what people read.
        case choice([(value: String, label: String)])
    }

    var name: String
    var label: String
    var hint = ""
    var kind = Kind.text
    var value = ""
    var isRequired = false
    /// Where somebody begins to type.
    var hasFocus = false

    static func check(_ name: String, _ label: String, isOn: Bool = true) -> Question {
        Question(name: name, label: label, kind: .check, value: isOn ? "yes" : "")
    }
}

/// What somebody filled in.
struct Answers: Sendable {
    private let fields: [String: String]

    init(_ fields: [String: String]) { self.fields = fields }

    func text(_ name: String) -> String { fields[name] ?? "" }

    func isOn(_ name: String) -> Bool { text(name) == "yes" }

    /// One word a line, or several.
    func words(_ name: String) -> [String] { text(name).split(whereSeparator: \.isWhitespace).map(String.init) }

    func required(_ name: String, _ what: String) throws(Refusal) -> String {
        let text = text(name)
        guard !text.isEmpty else { throw Refusal("Nothing was done: \(what) is missing.") }
        return text
    }

    /// A path from the root on, or nothing. The commands run in no directory that anybody knows.
    func path(_ name: String) throws(Refusal) -> String {
        let text = text(name)
        guard text.isEmpty || text.hasPrefix("/") else {
            throw Refusal("Nothing was done: give \(text) as a whole path, one that begins with /.")
        }
        return text
    }

    func requiredPath(_ name: String, _ what: String) throws(Refusal) -> String {
        _ = try required(name, what)
        return try path(name)
    }
}

/// Something that the manager can do: what a page says and asks, and the commands that the answers make.
struct Errand: Sendable {
    /// In the address of its page.
    var name: String
    var title: String
    /// On the button.
    var verb: String
    var text = ""
    /// What somebody should think of before doing it; empty for nothing.
    var warning = ""
    /// What is known, beside the questions.
    var facts: [(name: String, value: String)] = []
    var links: [(title: String, place: String)] = []
    var questions: [Question] = []
    /// What has to be typed again before it is done; empty for nothing.
    var mustRepeat = ""
    /// Whether the plan can be made at once; else the script is shown when it is asked for.
    var isQuick = true
    var plan: @Sendable (Answers) async throws -> ManagedPlan

    /// As it is before anybody has filled in anything.
    var defaults: Answers {
        Answers(Dictionary(questions.map { ($0.name, $0.value) }) { first, _ in first })
    }

    /// - Parameter fields: of the form; secrets among them are in the plan, and nowhere else.
    /// - Throws: ``Refusal``.
    func plan(toRun fields: [String: String]) async throws -> ManagedPlan {
        if !mustRepeat.isEmpty, fields["again"] != mustRepeat {
            throw Refusal("Nothing was done: type the name exactly as it is written, \(mustRepeat).")
        }
        let plan = try await plan(Answers(fields))
        if let missing = plan.secrets.first(where: { $0.value.isEmpty }) {
            throw Refusal("Nothing was done: “\(missing.question)” is missing.")
        }
        return plan
    }

    /// The same page with what was filled in, but for secrets.
    func filled(_ fields: [String: String]) -> Errand {
        var copy = self
        for index in questions.indices {
            switch questions[index].kind {
            case .password: continue
            default: copy.questions[index].value = fields[questions[index].name] ?? ""
            }
        }
        return copy
    }
}
