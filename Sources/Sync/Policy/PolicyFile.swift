public import Catalog
internal import Yams

/// Reads a policy file: strict YAML (JSON is YAML too), where an unknown key, a misspelling or a value that this
/// version does not do is an error with its line.
public enum PolicyFile {
    /// A policy is written by hand; a larger text is something else.
    public static let maxBytes = 1 << 20

    public static let apiVersion = "skerry.sync/v1"

    public static func parse(_ text: String, catalog: Catalog) throws(PolicyError) -> Policy {
        guard text.utf8.count <= maxBytes else {
            throw PolicyError(problems: [PolicyProblem(line: 0, path: "", message: "the file is larger than 1 MiB")])
        }
        let problems = PolicyProblems()
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw PolicyError(problems: [Self.syntax(error)])
        }
        guard let node else {
            let message = "the file is empty; `skerry sync init` writes one"
            throw PolicyError(problems: [PolicyProblem(line: 0, path: "", message: message)])
        }
        let settings = PolicySettings(catalog: catalog)
        let reader = PolicyReader(settings: settings, problems: problems)
        guard var policy = reader.policy(node), problems.all.isEmpty else { throw PolicyError(problems: problems.all) }
        policy.digest = Fingerprint.hash(PolicyDigest.content(of: node))
        return policy
    }

    private static func syntax(_ error: any Error) -> PolicyProblem {
        if let yaml = error as? YamlError {
            switch yaml {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                return PolicyProblem(line: mark.line, path: "", message: "not valid YAML: \(problem)")
            case .duplicatedKeysInMapping(let duplicates, _):
                let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
                return PolicyProblem(line: 0, path: "", message: "\(names) occurs twice")
            default: break
            }
        }
        return PolicyProblem(line: 0, path: "", message: "not valid YAML")
    }
}

/// What a policy says, without comments, layout and order of keys.
enum PolicyDigest {
    static func content(of node: Node) -> JSON {
        if let mapping = node.mapping {
            return .object(JSONObject(mapping.map { ($0.key.string ?? "", content(of: $0.value)) }))
        }
        if let sequence = node.sequence { return .array(sequence.map(content)) }
        return JSON(node.scalar?.string)
    }
}
