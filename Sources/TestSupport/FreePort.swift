import Glibc

/// A port of 127.0.0.1 that was free a moment ago. Prefer port 0 where the program can tell its real port.
public func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw SystemCallFailed(call: "socket", number: errno) }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
        }
    }
    guard bound else { throw SystemCallFailed(call: "bind", number: errno) }
    return Int(UInt16(bigEndian: address.sin_port))
}

/// A call to the system failed.
public struct SystemCallFailed: Error, CustomStringConvertible {
    public let call: String
    public let number: Int32

    public var description: String { "\(call): \(String(cString: strerror(number)))" }
}
