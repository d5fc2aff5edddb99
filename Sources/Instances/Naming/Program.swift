/// The program that people call for a kind of instances: `skerry` for servers, `skerry-agent` for agents.
public enum Program {
    /// The kind that this task works for. Bound once where a program begins; a program for both kinds (a manager) binds
    /// it around what it does for the other.
    @TaskLocal public static var kind = InstanceKind.server

    /// The name to type, for messages that say what to do next.
    public static var name: String { kind.program }
}

extension InstanceKind {
    public var program: String {
        switch self {
        case .server: "skerry"
        case .agent: "skerry-agent"
        }
    }
}
