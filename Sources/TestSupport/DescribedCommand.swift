import Catalog

/// A command as the program describes itself.
public struct DescribedCommand: Sendable {
    /// `["skerry", "service"]`
    public var path: [String]
    /// Long names.
    public var options: Set<String>
    public var isLeaf: Bool

    public static func all(
        of program: String,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> [DescribedCommand] {
        let shown = try await runProcess(program, ["--experimental-dump-help"])
        guard let root = try shown.json()["command"] else { return [] }
        return commands(root, [])
    }

    private static func commands(_ json: JSON, _ above: [String]) -> [DescribedCommand] {
        guard let name = json["commandName"]?.stringValue, name != "help" else { return [] }
        let path = above + [name]
        let arguments = json["arguments"]?.arrayValue ?? []
        let names = arguments.filter { $0["shouldDisplay"] != false }.flatMap { $0["names"]?.arrayValue ?? [] }
            .filter { $0["kind"] == "long" }.compactMap { $0["name"]?.stringValue }
        let below = json["subcommands"]?.arrayValue ?? []
        return [
            DescribedCommand(path: path, options: Set(names), isLeaf: below.allSatisfy { $0["commandName"] == "help" })
        ]
            + below.flatMap { commands($0, path) }
    }
}
