import Foundation

/// What the socket table of this machine says about an address.
enum LivePorts {
    /// Whether a program listens there now. False also when that cannot be told, as for a port that needs rights.
    static func isTaken(_ prefix: ListenPrefix) -> Bool {
        guard prefix.port != 0 else { return false }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let host = prefix.isEveryInterface ? nil : prefix.host
        guard getaddrinfo(host, String(prefix.port), &hints, &list) == 0, let first = list else { return false }
        defer { freeaddrinfo(first) }
        return sequence(first: first) { $0.pointee.ai_next }.contains { isTaken($0.pointee) }
    }

    private static func isTaken(_ address: addrinfo) -> Bool {
        let descriptor = socket(address.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // Connections that have ended are no obstacle; and ::1 is another address than 127.0.0.1.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        if address.ai_family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, size) }
        return bind(descriptor, address.ai_addr, address.ai_addrlen) != 0 && errno == EADDRINUSE
    }
}
