public import Catalog

/// What a command found or did: text for people, JSON for programs.
public struct CommandResult: Sendable {
    /// How one instance fared.
    public struct InstanceOutcome: Sendable, Hashable {
        public var name: String
        public var ok: Bool
        public var message: String

        public init(name: String, ok: Bool = true, message: String = "") {
            self.name = name
            self.ok = ok
            self.message = message
        }
    }

    /// The exit code of the process. Usually a ``SkerryExit``; commands with a documented list of their own use theirs.
    public var code: Int32
    /// One sentence.
    public var message: String
    /// What people see on standard output; nil prints the message.
    public var text: String?
    public var instances: [InstanceOutcome]
    private var makeData: @Sendable () -> JSON

    public var data: JSON { makeData() }

    public init(
        code: Int32 = SkerryExit.ok.rawValue,
        message: String,
        text: String? = nil,
        instances: [InstanceOutcome] = [],
        data: JSON = .null
    ) {
        self.code = code
        self.message = message
        self.text = text
        self.instances = instances
        makeData = { data }
    }

    /// The same with data that is large, and made only for those who ask for JSON.
    func making(_ data: @escaping @Sendable () -> JSON) -> CommandResult {
        var result = self
        result.makeData = data
        return result
    }

    /// The body of `--format json`.
    var json: JSON {
        [
            "ok": .bool(code == SkerryExit.ok.rawValue), "code": .int(Int(code)), "message": .string(message),
            "instances": .array(
                instances.map { ["name": .string($0.name), "ok": .bool($0.ok), "message": .string($0.message)] }
            ),
            "data": data,
        ]
    }
}

/// A command cannot do what it was asked. The message says what was expected and what to do next.
public struct CommandFailure: Error, Sendable, CustomStringConvertible {
    public var code: Int32
    public var message: String
    private var makeData: @Sendable () -> JSON

    public var data: JSON { makeData() }

    public init(_ code: SkerryExit = .failed, _ message: String, data: JSON = .null) {
        self.init(code: code.rawValue, message: message, data: data)
    }

    /// For commands with a documented list of exit codes of their own.
    public init(code: Int32, message: String, data: JSON = .null) {
        self.code = code
        self.message = message
        makeData = { data }
    }

    public var description: String { message }
}
