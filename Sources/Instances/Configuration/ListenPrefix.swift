/// One address that an instance's web server listens on: `http://127.0.0.1:8065/`.
public struct ListenPrefix: Sendable, Hashable, CustomStringConvertible {
    public var isTLS: Bool
    /// A host name, an IPv4 address, an IPv6 address without brackets, or `*` for every interface. Lower case.
    public var host: String
    /// 0 lets the system choose a free port.
    public var port: Int
    /// Empty, or like `/group1`: several instances share the host and the port, each below a path of its own.
    public var path: String

    public init(isTLS: Bool, host: String, port: Int, path: String = "") {
        self.isTLS = isTLS
        self.host = host
        self.port = port
        self.path = path
    }

    public var description: String { "\(isTLS ? "https" : "http")://\(bracketedHost):\(port)\(path)/" }

    /// Without the last slash: `http://127.0.0.1:8065`.
    public var url: String { String(description.dropLast()) }

    private var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        host == "localhost" || host == "::1" || (isIPv4 && host.hasPrefix("127."))
    }

    public var isEveryInterface: Bool { host == "*" || host == "0.0.0.0" || host == "::" }

    private var isIPv4: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { !$0.isEmpty && $0.count <= 3 && Int($0).map { $0 <= 255 } == true }
    }

    private var isAddress: Bool { isIPv4 || host.contains(":") }

    /// Whether the host is a name that clients send, and not an address of this machine.
    public var isHostName: Bool { !isAddress && !isEveryInterface && host != "localhost" }

    /// Whether two instances cannot have both, not even behind the front door: it tells them apart by the path, and by
    /// the name that clients send.
    public func collides(with other: ListenPrefix) -> Bool {
        guard needsSameSocket(as: other) else { return false }
        if isTLS != other.isTLS { return true }
        if path != other.path { return false }
        return host == other.host || !(isHostName || other.isHostName)
    }

    /// Whether two programs cannot listen on both. Two host names on one port may be one address.
    public func needsSameSocket(as other: ListenPrefix) -> Bool {
        guard port == other.port, port != 0 else { return false }
        if host == other.host || isEveryInterface || other.isEveryInterface { return true }
        if isLoopback, other.isLoopback { return host == "localhost" || other.host == "localhost" }
        return !isAddress || !other.isAddress
    }

    /// Reads one prefix. A missing port is 80 or 443; a missing last slash is no error; `+` means `*`.
    ///
    /// - Throws: ``InstanceError/badSetting(setting:problem:)``.
    public init(_ text: String) throws(InstanceError) {
        func problem(_ what: String) -> InstanceError {
            .badSetting(setting: "webListenPrefixes", problem: "\"\(text.prefix(200))\": \(what)")
        }
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, ["http", "https"].contains(parts[0].lowercased()) else {
            throw problem("expected http:// or https://, a host and a port, for example http://127.0.0.1:8065/.")
        }
        isTLS = parts[0].lowercased() == "https"
        let end = parts[1].firstIndex { "/?#".contains($0) } ?? parts[1].endIndex
        let rest = parts[1][end...]
        guard let path = Self.path(rest) else {
            throw problem(
                rest.hasPrefix("/")
                    ? "a path is made of letters, digits, - . _ ~ and /, like /group1, and no part of it is api."
                    : "a query or fragment does not belong here."
            )
        }
        self.path = path
        let (host, port) = try Self.split(authority: String(parts[1][..<end]), problem)
        self.host = host
        self.port = port ?? (isTLS ? 443 : 80)
        guard path.isEmpty || self.port != 0 else { throw problem("a path needs a port, which 0 is not.") }
    }

    /// Without its last slash; nil when it cannot be a path of an instance.
    private static func path(_ text: Substring) -> String? {
        guard !text.isEmpty, text != "/" else { return "" }
        guard text.hasPrefix("/"), text.utf8.count <= 200 else { return nil }
        var segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if segments.last == "" { segments.removeLast() }
        let areGood = segments.allSatisfy { segment in
            !segment.isEmpty && segment != "." && segment != ".."
                && segment.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
                }
        }
        // The API of an instance at the root, or at a path above this one, begins so.
        guard areGood, !segments.contains(where: { $0.lowercased() == "api" }) else { return nil }
        return "/" + segments.joined(separator: "/")
    }

    /// Every port of one IP address, which is written without brackets.
    ///
    /// - Throws: ``InstanceError/badSetting(setting:problem:)`` for anything else.
    init(forAddress text: String) throws(InstanceError) {
        let bracketed = text.contains(":") ? "[\(text)]" : text
        if let prefix = try? ListenPrefix("https://\(bracketed):0/"), prefix.isAddress || prefix.host == "localhost" {
            self = prefix
        } else {
            throw .badSetting(
                setting: "--listenIpAddress",
                problem: "\"\(text.prefix(100))\" is neither an IP address of this machine nor any."
            )
        }
    }

    private static func split(
        authority: String,
        _ problem: (String) -> InstanceError
    ) throws(InstanceError) -> (host: String, port: Int?) {
        guard !authority.contains("@") else { throw problem("user names and passwords do not belong here.") }
        var host = authority
        var portText: String?
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { throw problem("the closing ] is missing.") }
            host = String(authority[authority.index(after: authority.startIndex)..<close])
            let after = authority[authority.index(after: close)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw problem("only a port may follow ].") }
            if !after.isEmpty { portText = String(after.dropFirst()) }
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                throw problem("[\(host)] is not an IPv6 address.")
            }
        } else if let colon = authority.firstIndex(of: ":") {
            host = String(authority[..<colon])
            portText = String(authority[authority.index(after: colon)...])
        }
        host = host == "+" ? "*" : host.lowercased()
        guard isHost(host) else { throw problem("the host \"\(host)\" is not a name or an address.") }
        guard let portText else { return (host, nil) }
        guard !portText.isEmpty, portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(portText),
            (0...65_535).contains(port)
        else { throw problem("the port \"\(portText)\" is not a number from 1 to 65535 (or 0 for any free port).") }
        return (host, port)
    }

    private static func isHost(_ host: String) -> Bool {
        guard !host.isEmpty, host.utf8.count <= 253 else { return false }
        if host == "*" || host.contains(":") { return true }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x5F
                }
        }
    }

    /// Reads a comma-separated list.
    ///
    /// - Throws: ``InstanceError/badSetting(setting:problem:)``.
    public static func list(_ text: String) throws(InstanceError) -> [ListenPrefix] {
        var prefixes: [ListenPrefix] = []
        for part in text.split(separator: ",") {
            let trimmed = part.drop { $0 == " " }
            prefixes.append(try ListenPrefix(String(trimmed.prefix { $0 != " " })))
        }
        return prefixes
    }
}
