import Foundation
public import Instances

/// A script that somebody wants without being asked anything: the errand by its name, and the answers by theirs.
public struct ScriptRequest: Sendable {
    /// Of the wizard for a new instance.
    static let create = "create"

    public var errand: String
    public var kind: InstanceKind
    /// Nil for the default one.
    public var instance: String?
    public var answers: [String: String]
    public var form: ScriptForm

    public init(
        errand: String,
        kind: InstanceKind,
        instance: String?,
        answers: [String: String],
        form: ScriptForm
    ) {
        self.errand = errand
        self.kind = kind
        self.instance = instance
        self.answers = answers
        self.form = form
    }

    /// All that can be asked for.
    public static var errands: [String] {
        [create] + InstanceErrand.allCases.map(\.rawValue) + MachineErrand.allCases.map(\.rawValue)
    }
}

extension ManagerCore {
    /// - Throws: ``Refusal``, which says what can be asked for, or answered.
    public func script(_ request: ScriptRequest) async throws -> String {
        try await plan(request).script(request.form)
    }

    private func plan(_ request: ScriptRequest) async throws -> ManagedPlan {
        if request.errand == ScriptRequest.create { return try await creation(request) }
        let machine = try await machine()
        let errand: Errand
        if let name = MachineErrand(rawValue: request.errand) {
            errand = try await self.errand(name, in: machine)
        } else if let name = InstanceErrand(rawValue: request.errand) {
            let instance = try instance(request, in: machine)
            guard name.isOffered(to: instance) else {
                throw Refusal("“\(request.errand)” is not offered for \(instance.name), which is \(instance.state).")
            }
            errand = try await self.errand(name, of: instance, in: machine)
        } else {
            throw Refusal(
                "There is no script “\(request.errand)”. There are: \(ScriptRequest.errands.joined(separator: ", "))."
            )
        }
        return try await errand.plan(try errand.questions.answered(by: request.answers))
    }

    private func instance(_ request: ScriptRequest, in machine: Machine) throws -> Machine.Instance {
        let all = machine.instances.filter { $0.kind == request.kind }
        let slug = try request.instance.map { name in
            do { return try InstanceName(name).slug } catch { throw Refusal("\(error)") }
        }
        guard let found = all.first(where: { slug == nil ? $0.isDefault : $0.slug == slug }) else {
            let names = all.map(\.name).joined(separator: ", ")
            throw Refusal(
                "There is no such \(request.kind.rawValue). There are: \(names.isEmpty ? "none" : names). Name one with "
                    + "--instance, and --kind agent for an agent."
            )
        }
        return found
    }

    /// All answers of both pages of the wizard; nothing is asked of the machine, so that the script is one for any.
    private func creation(_ request: ScriptRequest) async throws -> ManagedPlan {
        var new = NewInstance()
        new.kind = request.kind
        new.name = request.instance ?? ""
        let proposed = NewInstance.Proposal()
        let all = try (new.beginning.filter { $0.name != "kind" } + new.settings(proposed)).answered(
            by: request.answers
        )
        new.begin(all)
        new.kind = request.kind
        new.settle(all, proposed)
        do { _ = try InstanceName(new.name) } catch { throw Refusal("\(error)") }
        return .create(new)
    }
}

extension [Question] {
    /// - Throws: ``Refusal`` for an answer to nothing, or one that cannot be chosen.
    fileprivate func answered(by given: [String: String]) throws(Refusal) -> Answers {
        var fields = Dictionary(map { ($0.name, $0.value) }) { first, _ in first }
        for (name, text) in given.sorted(by: { $0.key < $1.key }) {
            guard let question = first(where: { $0.name == name }) else {
                throw Refusal("Nothing is called “\(name)” here. \(Self.known(self))")
            }
            fields[name] = try question.accepted(text)
        }
        return Answers(fields)
    }

    private static func known(_ questions: [Question]) -> String {
        let answerable = questions.filter(\.isInScripts)
        if answerable.isEmpty { return "There is nothing to answer." }
        return "Answers are: " + answerable.map { "\($0.name) (\($0.label))" }.joined(separator: ", ") + "."
    }
}

extension Question {
    /// Secrets, and names that are typed again, are in no script.
    fileprivate var isInScripts: Bool {
        if case .password = kind { return false }
        return name != "again"
    }

    fileprivate func accepted(_ text: String) throws(Refusal) -> String {
        guard isInScripts else { throw Refusal("“\(name)” is in no script: it asks for it where it runs.") }
        switch kind {
        case .check:
            guard ["yes", "no"].contains(text) else { throw Refusal("\(name) is yes or no.") }
            return text == "yes" ? "yes" : ""
        case .choice(let choices):
            guard choices.contains(where: { $0.value == text }) else {
                throw Refusal("\(name) is one of: \(choices.map(\.value).joined(separator: ", ")).")
            }
            return text
        case .text, .lines, .password: return text
        }
    }
}
