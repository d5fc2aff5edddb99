public import Catalog
internal import Yams

/// The resolutions of one flow (`*.skresolve`): strict YAML, by conflict id.
///
///     apiVersion: skerry.resolutions/v1
///     resolutions:
///       3fa9c1d2e4b5:
///         about: project Database · Description
///         decidedOn: 1c0e…,77aa…,90b3…
///         choice: source
///       90cc1d2e4b5a:
///         decidedOn: …
///         value: "Both teams"
public enum ResolutionFile {
    public static let apiVersion = "skerry.resolutions/v1"
    public static let maxBytes = 16 << 20
    static let mostResolutions = 100_000

    /// - Throws: `PolicyError` with all problems and their lines.
    public static func parse(_ text: String) throws(PolicyError) -> [ConflictResolution] {
        guard text.utf8.count <= maxBytes else { throw PolicyError(problems: [problem("larger than 16 MiB")]) }
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw PolicyError(problems: [problem("not valid YAML")])
        }
        guard let root = node?.mapping else { throw PolicyError(problems: [problem("not a block of settings")]) }
        var reading = ResolutionReading()
        reading.read(root)
        guard reading.problems.isEmpty else { throw PolicyError(problems: reading.problems) }
        return reading.resolutions
    }

    private static func problem(_ message: String) -> PolicyProblem {
        PolicyProblem(line: 0, path: "", message: "this is no resolution file: \(message)")
    }

    /// The text of a file with these resolutions, in the order of their ids.
    public static func text(of resolutions: [ConflictResolution]) -> String {
        var lines = [
            "# What people decided about conflicts; `skerry sync resolve` writes it, `skerry sync plan` reads it.",
            "# A decision holds for exactly the values that it was made on (decidedOn).", "apiVersion: \(apiVersion)",
        ]
        lines.append(resolutions.isEmpty ? "resolutions: {}" : "resolutions:")
        for entry in resolutions.sorted(by: { $0.conflictID < $1.conflictID }) {
            // An id of digits only, or like 12e4, would be a number.
            lines.append("  \"\(entry.conflictID)\":")
            for (name, text) in [("about", entry.about), ("by", entry.by), ("at", entry.at)] where !text.isEmpty {
                lines.append("    \(name): \(JSON.string(text).text)")
            }
            lines.append("    decidedOn: \"\(entry.decidedOn.text)\"")
            if case .value(let value) = entry.choice {
                lines.append("    value: \(value.text)")
            } else {
                lines.append("    choice: \(entry.choice.word.rawValue)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Walks the nodes of a resolution file; a key that does not exist, or a word that is none, is a problem with its line.
private struct ResolutionReading {
    var resolutions: [ConflictResolution] = []
    var problems: [PolicyProblem] = []

    private mutating func add(_ node: Node, _ path: String, _ message: String) {
        problems.append(PolicyProblem(line: node.mark?.line ?? 0, path: path, message: message))
    }

    mutating func read(_ root: Node.Mapping) {
        var hasVersion = false
        for (key, node) in root {
            switch key.string {
            case "apiVersion": hasVersion = node.scalar?.string == ResolutionFile.apiVersion
            case "resolutions": entries(node)
            default: add(key, key.string ?? "", "there is no such setting; write apiVersion and resolutions")
            }
        }
        if !hasVersion {
            let message = "a resolution file begins with 'apiVersion: \(ResolutionFile.apiVersion)'"
            problems.insert(PolicyProblem(line: 1, path: "apiVersion", message: message), at: 0)
        }
    }

    private mutating func entries(_ node: Node) {
        guard let mapping = node.mapping else { return add(node, "resolutions", "a block of conflict ids is expected") }
        guard mapping.count <= ResolutionFile.mostResolutions else {
            return add(node, "resolutions", "more than \(ResolutionFile.mostResolutions) entries")
        }
        var seen: Set<String> = []
        for (key, value) in mapping {
            let id = key.scalar?.string ?? ""
            let path = "resolutions.\(id)"
            guard id.count == 12, id.allSatisfy(\.isHexDigit) else {
                add(key, path, "a conflict id has twelve hexadecimal digits; `skerry sync plan` shows it")
                continue
            }
            if !seen.insert(id).inserted { add(key, path, "this conflict occurs twice") }
            if let entry = value.mapping {
                resolution(id, entry, value, path)
            } else {
                add(value, path, "write choice: source, destination, base or merge, or value: what is to be there")
            }
        }
    }

    private mutating func resolution(_ id: String, _ entry: Node.Mapping, _ node: Node, _ path: String) {
        let known = ["about", "by", "at", "decidedOn", "choice", "value"]
        for (key, _) in entry where !known.contains(key.string ?? "") {
            add(key, "\(path).\(key.string ?? "")", "there is no such setting; write \(known.joined(separator: ", "))")
        }
        let text = { (name: String) in entry[name]?.scalar?.string ?? "" }
        guard let digest = ConflictDigest(text: text("decidedOn")) else {
            return add(
                node,
                "\(path).decidedOn",
                "the three hashes of what was decided on are missing; `skerry sync resolve` writes them"
            )
        }
        guard let choice = choice(entry, node, path) else { return }
        resolutions.append(
            ConflictResolution(
                conflictID: id,
                choice: choice,
                decidedOn: digest,
                about: text("about"),
                by: text("by"),
                at: text("at")
            )
        )
    }

    private mutating func choice(
        _ entry: Node.Mapping,
        _ node: Node,
        _ path: String
    ) -> ConflictResolution.Choice? {
        let value = entry["value"].flatMap(Self.json)
        let word = entry["choice"]?.scalar?.string
        switch (word, value) {
        case (nil, let value?): return .value(value)
        case (let word?, nil):
            if word != "value", let known = ConflictResolution.Choice.Word(rawValue: word) {
                return ConflictResolution.Choice(known)
            }
            add(node, "\(path).choice", "'\(word)' is none of source, destination, base, merge")
        default: add(node, "\(path).choice", "write either 'choice' or 'value'")
        }
        return nil
    }

    /// JSON is YAML; a quoted text stays a text, whatever it looks like.
    private static func json(_ node: Node) -> JSON? {
        if let mapping = node.mapping {
            return .object(JSONObject(mapping.map { ($0.key.string ?? "", json($0.value) ?? .null) }))
        }
        if let sequence = node.sequence { return .array(sequence.map { json($0) ?? .null }) }
        guard let scalar = node.scalar else { return nil }
        if scalar.style == .plain {
            if let number = node.int { return .int(number) }
            if let bool = node.bool { return .bool(bool) }
            if node.null != nil { return .null }
        }
        return .string(scalar.string)
    }
}

extension ConflictResolution {
    /// As plans and the run log keep it.
    public var json: JSON {
        var object: JSONObject = [
            "conflict": .string(conflictID), "choice": .string(choice.word.rawValue),
            "decidedOn": .string(decidedOn.text), "about": .string(about), "by": .string(by), "at": .string(at),
        ]
        if case .value(let value) = choice { object["value"] = value }
        return .object(object)
    }

    public init?(json: JSON) {
        guard let id = json["conflict"]?.stringValue,
            let word = json["choice"]?.stringValue.flatMap(Choice.Word.init(rawValue:)),
            let digest = json["decidedOn"]?.stringValue.flatMap(ConflictDigest.init(text:)),
            let choice = Choice(word, value: json["value"])
        else { return nil }
        self.init(
            conflictID: id,
            choice: choice,
            decidedOn: digest,
            about: json["about"]?.stringValue ?? "",
            by: json["by"]?.stringValue ?? "",
            at: json["at"]?.stringValue ?? ""
        )
    }
}

extension ConflictResolution.Choice {
    /// Nil when the word asks for a value and there is none.
    public init?(_ word: Word, value: JSON? = nil) {
        switch word {
        case .source: self = .source
        case .destination: self = .destination
        case .base: self = .base
        case .merge: self = .merge
        case .value:
            guard let value else { return nil }
            self = .value(value)
        }
    }
}
