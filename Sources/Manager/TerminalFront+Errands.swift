import Foundation
import Instances

/// Questions, and what becomes of the answers.
extension TerminalFront {
    // MARK: - Menus

    /// - Returns: the key of one of the entries.
    func pick(_ title: String, _ entries: [(key: String, label: String)]) async throws -> String {
        terminal.heading(title)
        for entry in entries {
            let key = String(repeating: " ", count: max(0, 4 - entry.key.count)) + entry.key
            terminal.line("\(key)  \(ManagerTerminal.printable(entry.label))")
        }
        while true {
            let answer = try await terminal.ask("> ").lowercased()
            if entries.contains(where: { $0.key == answer }) { return answer }
            terminal.line("Answer with one of the numbers or letters at the left.")
        }
    }

    func confirm(_ question: String, _ standard: Bool) async throws -> Bool {
        while true {
            switch try await terminal.ask("\(question)? [\(standard ? "Y/n" : "y/N")] ").lowercased() {
            case "": return standard
            case "y", "yes": return true
            case "n", "no": return false
            default: terminal.line("Answer with y or n.")
            }
        }
    }

    mutating func fail(_ message: String) {
        hasFailed = true
        terminal.error(message)
    }

    // MARK: - Questions

    /// The answers, by the names of the questions. Enter leaves what is there; a dash alone makes it empty.
    func answers(to questions: [Question]) async throws -> [String: String] {
        var fields: [String: String] = [:]
        for question in questions { fields[question.name] = try await answer(to: question) }
        return fields
    }

    private func answer(to question: Question) async throws -> String {
        let hint = question.hint.isEmpty ? "" : " (\(question.hint))"
        let label = ManagerTerminal.printable(question.label + hint)
        switch question.kind {
        case .password: return try await terminal.askHidden("\(label): ")
        case .check: return try await confirm(label, question.value == "yes") ? "yes" : ""
        case .choice(let choices): return try await choice(label, choices, now: question.value)
        case .text, .lines:
            let now = question.value.split(separator: "\n").joined(separator: " ")
            let typed = try await terminal.ask("\(label)\(now.isEmpty ? "" : " [\(ManagerTerminal.printable(now))]"): ")
            return typed.isEmpty ? question.value : typed == "-" ? "" : typed
        }
    }

    private func choice(_ label: String, _ choices: [(value: String, label: String)], now: String) async throws
        -> String
    {
        terminal.line("\(label):")
        for (number, choice) in choices.enumerated() {
            let mark = choice.value == now ? "*" : " "
            terminal.line("  \(mark) \(number + 1)  \(ManagerTerminal.printable(choice.label))")
        }
        while true {
            let answer = try await terminal.ask("Number, or Enter for the one with the star: ")
            if answer.isEmpty, choices.contains(where: { $0.value == now }) { return now }
            if let number = Int(answer), choices.indices.contains(number - 1) { return choices[number - 1].value }
            terminal.line("Answer with a number from 1 to \(choices.count).")
        }
    }

    // MARK: - Errands

    mutating func carryOut(_ make: (ManagerCore) async throws -> Errand) async throws {
        do {
            var errand = try await make(core)
            tell(about: errand)
            var fields = try await answers(to: errand.questions)
            while true {
                do {
                    switch try await next(errand.verb, hasQuestions: !errand.questions.isEmpty) {
                    case .otherAnswers:
                        errand = errand.filled(fields)
                        fields = try await answers(to: errand.questions)
                    case .goBack: return
                    case .show(let form): terminal.write(try await errand.plan(Answers(fields)).script(form))
                    case .check: try await check(try await errand.plan(Answers(fields)))
                    case .run: if try await run(try await errand.plan(toRun: fields)) { return }
                    }
                } catch let refusal as Refusal {
                    fail(refusal.message)
                }
            }
        } catch let refusal as Refusal {
            fail(refusal.message)
        }
    }

    private func tell(about errand: Errand) {
        terminal.heading(errand.title)
        if !errand.text.isEmpty { terminal.line(ManagerTerminal.printable(errand.text)) }
        if !errand.warning.isEmpty {
            terminal.line(terminal.painted(ManagerTerminal.printable(errand.warning), .yellow))
        }
        show(errand.facts)
    }

    enum Step {
        case run, check, otherAnswers, goBack
        case show(ScriptForm)
    }

    /// What is to be done with the answers.
    private func next(_ verb: String, hasQuestions: Bool) async throws -> Step {
        let entries =
            [("r", verb), ("c", "Check first")]
            + zip(["s", "i", "a"], ScriptForm.allCases).map { ($0, "Show script: \($1.label)") }
            + (hasQuestions ? [("o", "Other answers")] : []) + [("q", "Go back, and do nothing")]
        switch try await pick("Now", entries) {
        case "r": return .run
        case "c": return .check
        case "s": return .show(.shell)
        case "i": return .show(.cloudInit)
        case "a": return .show(.ansible)
        case "o": return .otherAnswers
        default: return .goBack
        }
    }
}
