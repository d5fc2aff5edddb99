import Catalog

/// What a running instance says of itself in its run-time directory.
public struct RunState: Sendable, Hashable {
    public var processID: Int32
    /// False until it answers requests.
    public var isReady: Bool
    /// Where it really listens, with real ports: `http://127.0.0.1:8065`.
    public var addresses: [String]
    /// Those of them that the front door serves.
    public var shared: [String]
    public var version: String

    public init(processID: Int32, isReady: Bool, addresses: [String], shared: [String] = [], version: String) {
        self.shared = shared
        self.processID = processID
        self.isReady = isReady
        self.addresses = addresses
        self.version = version
    }

    var bytes: [UInt8] {
        let json: JSON = [
            "pid": .int(Int(processID)), "ready": .bool(isReady), "addresses": JSON(addresses), "shared": JSON(shared),
            "version": .string(version),
        ]
        return json.bytes + [0x0A]
    }

    init?(bytes: [UInt8]) {
        guard let json = try? JSON.parse(bytes), let processID = json["pid"]?.intValue.flatMap(Int32.init(exactly:)),
            processID > 0
        else { return nil }
        self.processID = processID
        isReady = json["ready"]?.boolValue ?? false
        addresses = json["addresses"]?.stringsValue ?? []
        shared = json["shared"]?.stringsValue ?? []
        version = json["version"]?.stringValue ?? ""
    }
}
