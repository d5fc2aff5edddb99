import Catalog

/// The tables of `docs/sync/policy.md`, made from the described settings.
public struct PolicyTables {
    private let settings: PolicySettings
    private let standard: Policy

    public init(_ settings: PolicySettings = .standard) {
        self.settings = settings
        standard = Policy(
            source: .init(name: "source", url: "", credential: .environment("")),
            destination: .init(name: "destination", url: "", credential: .environment(""))
        )
    }

    /// Replaces what stands between `<!-- settings: TOPIC -->` and `<!-- end -->`.
    public func updating(_ document: String) -> String {
        var result: [Substring] = []
        var isInside = false
        for line in document.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "<!-- end -->" { isInside = false }
            if !isInside { result.append(line) }
            guard line.hasPrefix("<!-- settings: "), let topic = Self.topic(line) else { continue }
            isInside = true
            result.append(contentsOf: table(topic).split(separator: "\n", omittingEmptySubsequences: false))
        }
        return result.joined(separator: "\n")
    }

    private static func topic(_ line: Substring) -> PolicySetting.Topic? {
        PolicySetting.Topic(rawValue: String(line.dropFirst(15).dropLast(4)))
    }

    /// A table in Markdown, with an empty line before and after.
    func table(_ topic: PolicySetting.Topic) -> String {
        var seen: Set<String> = []
        let rows = settings.all.filter { $0.topic == topic && seen.insert($0.shownAs).inserted }.map(row)
        return (["", "| setting | meaning | values | answers |", "|---|---|---|---|"] + rows + [""])
            .joined(separator: "\n")
    }

    private func row(_ setting: PolicySetting) -> String {
        let isShared = setting.shownAs.contains("<type>")
        let meaning =
            isShared ? setting.meaning.replacing(/^how .* are synced$/, with: "how it is synced") : setting.meaning
        let cells = ["`\(setting.shownAs)`", meaning, values(setting, isShared: isShared), answers(setting, isShared)]
        return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }

    /// Of what all types share, each type answers requirements of its own.
    private func answers(_ setting: PolicySetting, _ isShared: Bool) -> String {
        isShared ? "" : setting.answers.joined(separator: ", ")
    }

    private func values(_ setting: PolicySetting, isShared: Bool) -> String {
        let value = setting.value(standard)
        switch setting.form {
        case .words(let words):
            if isShared { return "see below" }
            return words.map { word in
                let isDefault = !setting.isRequired && word.text == value.stringValue
                let name = isDefault ? "**\(word.text)**" : word.text
                let meaning = word.meaning.isEmpty ? "" : " \(word.meaning)"
                return word.isSupported
                    ? "\(name)\(meaning.isEmpty ? "" : ":")\(meaning)" : "*\(word.text): not supported yet*"
            }.joined(separator: "<br>")
        case .number(let range): return "\(range.lowerBound) to \(range.upperBound); **\(value.text)**"
        case .flag: return value == true ? "**true** · false" : "true · **false**"
        case .text:
            let standard = value.stringValue ?? ""
            return setting.isRequired || standard.isEmpty ? "a text" : "a text; **\(standard)**"
        case .names:
            let names = (value.arrayValue ?? []).compactMap(\.stringValue)
            return names.isEmpty ? "a list of names" : "a list; **\(names.joined(separator: ", "))**"
        case .other(_, let written): return written
        }
    }
}
