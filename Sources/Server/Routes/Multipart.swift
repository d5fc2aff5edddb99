/// The one file in a `multipart/form-data` body, read as leniently as clients write it: unquoted parameters, a line
/// end before the first boundary, any name of the part.
enum Multipart {
    /// - Parameter contentType: the header of the request.
    /// - Returns: the bytes of the first part that has a file name, else of the first part; nil when there is none.
    static func file(in body: [UInt8], contentType: String) -> ArraySlice<UInt8>? {
        guard let boundary = boundary(of: contentType) else { return nil }
        let parts = parts(of: body, boundary: Array("--\(boundary)".utf8))
        return (parts.first { $0.headers.contains("filename") } ?? parts.first)?.content
    }

    static func boundary(of contentType: String) -> String? {
        let parameters = contentType.split(separator: ";").map(\.trimmingSpaces)
        guard parameters.first?.lowercased() == "multipart/form-data" else { return nil }
        for parameter in parameters.dropFirst() where parameter.lowercased().hasPrefix("boundary=") {
            let value = parameter.dropFirst("boundary=".count).filter { $0 != "\"" }
            return value.isEmpty || value.utf8.count > 200 ? nil : value
        }
        return nil
    }

    private static func parts(of body: [UInt8], boundary: [UInt8]) -> [(headers: String, content: ArraySlice<UInt8>)] {
        var parts: [(headers: String, content: ArraySlice<UInt8>)] = []
        var places = positions(of: boundary, in: body[...])[...]
        while let start = places.popFirst(), let end = places.first {
            let part = body[(start + boundary.count)..<end]
            guard let split = positions(of: [13, 10, 13, 10], in: part, limit: 1).first else { continue }
            var content = part[(split + 4)...]
            // The line end before the next boundary is the boundary's.
            if content.suffix(2).elementsEqual([13, 10]) { content = content.dropLast(2) }
            parts.append((String(decoding: part[..<split], as: UTF8.self).lowercased(), content))
        }
        return parts
    }

    private static func positions(of pattern: [UInt8], in bytes: ArraySlice<UInt8>, limit: Int = 1_000) -> [Int] {
        guard let first = pattern.first, bytes.count >= pattern.count else { return [] }
        var found: [Int] = []
        var index = bytes.startIndex
        let last = bytes.endIndex - pattern.count
        while index <= last, found.count < limit {
            if bytes[index] == first, bytes[index..<(index + pattern.count)].elementsEqual(pattern) {
                found.append(index)
                index += pattern.count
            } else {
                index += 1
            }
        }
        return found
    }
}
