import Glibc
import Synchronization

/// A port of 127.0.0.1 that was free a moment ago. Prefer port 0 where the program can tell its real port.
///
/// Not one that the system gives to connections by itself, which any other test would soon have, and each only once.
public func freePort() throws -> Int {
    for _ in 0..<ports.count {
        let port = nextPort.withLock { next in
            next = next + 1 < ports.upperBound ? next + 1 : ports.lowerBound
            return next
        }
        if try isFree(port) { return port }
    }
    throw SystemCallFailed(call: "bind", number: EADDRINUSE)
}

/// Below what Linux uses for connections.
private let ports = 20_000..<32_000
private let nextPort = Mutex(Int.random(in: ports))

private func isFree(_ port: Int) throws -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw SystemCallFailed(call: "socket", number: errno) }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

/// A call to the system failed.
public struct SystemCallFailed: Error, CustomStringConvertible {
    public let call: String
    public let number: Int32

    public var description: String { "\(call): \(String(cString: strerror(number)))" }
}
