extension JSON {
    /// The text of this value, members in their order, without white space.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The UTF-8 bytes of `text`.
    public var bytes: [UInt8] {
        var buffer: [UInt8] = []
        buffer.reserveCapacity(256)
        write(into: &buffer)
        return buffer
    }

    /// The same for equal values: members sorted by key. What hashes are made of.
    public var canonicalBytes: [UInt8] {
        var buffer: [UInt8] = []
        buffer.reserveCapacity(256)
        write(into: &buffer, sorted: true)
        return buffer
    }

    /// For people: two spaces of indentation, members sorted by key when asked.
    public func prettyText(sorted: Bool = false) -> String {
        var buffer: [UInt8] = []
        writePretty(into: &buffer, indentation: 0, sorted: sorted)
        return String(decoding: buffer, as: UTF8.self)
    }

    /// Appends the text of this value to a buffer.
    public func write(into buffer: inout [UInt8], sorted: Bool = false) {
        switch self {
        case .null: buffer.append(ascii: "null")
        case .bool(true): buffer.append(ascii: "true")
        case .bool(false): buffer.append(ascii: "false")
        case .int(let value): buffer.appendDecimal(value)
        case .decimal(let text): buffer.append(contentsOf: text.utf8)
        case .string(let text): JSON.writeString(text, into: &buffer)
        case .array(let elements):
            buffer.append(UInt8(ascii: "["))
            for index in elements.indices {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                elements[index].write(into: &buffer, sorted: sorted)
            }
            buffer.append(UInt8(ascii: "]"))
        case .object(let object):
            buffer.append(UInt8(ascii: "{"))
            let members = object.members
            var isFirst = true
            func write(_ index: Int) {
                if !isFirst { buffer.append(UInt8(ascii: ",")) }
                isFirst = false
                JSON.writeString(members[index].key, into: &buffer)
                buffer.append(UInt8(ascii: ":"))
                members[index].value.write(into: &buffer, sorted: sorted)
            }
            if sorted { object.forEachSortedPosition(write) } else { members.indices.forEach(write) }
            buffer.append(UInt8(ascii: "}"))
        }
    }

    /// Appends a string with its quotes; runs without escapes are copied whole.
    public static func writeString(_ text: String, into buffer: inout [UInt8]) {
        var text = text
        buffer.append(UInt8(ascii: "\""))
        text.withUTF8 { bytes in
            var start = 0
            for index in bytes.indices where needsEscape[Int(bytes[index])] {
                buffer.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                buffer.appendEscape(bytes[index])
                start = index + 1
            }
            buffer.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
        }
        buffer.append(UInt8(ascii: "\""))
    }

    private static let needsEscape: [Bool] = (0..<256).map { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }

    func writePretty(into buffer: inout [UInt8], indentation: Int, sorted: Bool) {
        switch self {
        case .array(let elements) where !elements.isEmpty:
            buffer.append(UInt8(ascii: "["))
            for index in elements.indices {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                buffer.appendNewLine(indentation + 1)
                elements[index].writePretty(into: &buffer, indentation: indentation + 1, sorted: sorted)
            }
            buffer.appendNewLine(indentation)
            buffer.append(UInt8(ascii: "]"))
        case .object(let object) where !object.isEmpty:
            buffer.append(UInt8(ascii: "{"))
            let members = object.members
            for (place, index) in (sorted ? object.sortedPositions : Array(members.indices)).enumerated() {
                if place > 0 { buffer.append(UInt8(ascii: ",")) }
                buffer.appendNewLine(indentation + 1)
                JSON.writeString(members[index].key, into: &buffer)
                buffer.append(ascii: ": ")
                members[index].value.writePretty(into: &buffer, indentation: indentation + 1, sorted: sorted)
            }
            buffer.appendNewLine(indentation)
            buffer.append(UInt8(ascii: "}"))
        default: write(into: &buffer)
        }
    }
}

extension JSONObject {
    /// Of the members in the order of their keys: by bytes, so that it does not depend on a locale or a Unicode version.
    fileprivate var sortedPositions: [Int] {
        var positions: [Int] = []
        positions.reserveCapacity(count)
        forEachSortedPosition { positions.append($0) }
        return positions
    }

    /// A member on its way to its place: comparing the first bytes as one number mostly decides.
    private struct Place {
        var start: UInt64
        var position: Int
    }

    /// Positions are sorted rather than members, which cost more to move than to compare.
    fileprivate func forEachSortedPosition(_ visit: (Int) -> Void) {
        withUnsafeTemporaryAllocation(of: Place.self, capacity: count) { places in
            for position in members.indices {
                let place = Place(start: Self.start(of: members[position].key), position: position)
                places.initializeElement(at: position, to: place)
            }
            if count <= 32 {
                sortByInsertion(places)
            } else {
                var places = places
                places.sort(by: precedes)
            }
            for place in places { visit(place.position) }
        }
    }

    private func sortByInsertion(_ places: UnsafeMutableBufferPointer<Place>) {
        for next in places.indices.dropFirst() {
            let place = places[next]
            var target = next
            while target > 0, precedes(place, places[target - 1]) {
                places[target] = places[target - 1]
                target -= 1
            }
            places[target] = place
        }
    }

    private func precedes(_ left: Place, _ right: Place) -> Bool {
        if left.start != right.start { return left.start < right.start }
        return Self.precedes(members[left.position].key, members[right.position].key)
    }

    /// The first eight bytes, the first of them weighing most; missing ones count as 0.
    private static func start(of key: String) -> UInt64 {
        var start: UInt64 = 0
        var shift: UInt64 = 56
        for byte in key.utf8.prefix(8) {
            start |= UInt64(byte) << shift
            shift &-= 8
        }
        return start
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        let answer = left.utf8.withContiguousStorageIfAvailable { left in
            right.utf8.withContiguousStorageIfAvailable { left.lexicographicallyPrecedes($0) }
        }
        return (answer ?? nil) ?? left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}

extension [UInt8] {
    fileprivate mutating func append(ascii text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    fileprivate mutating func appendDecimal(_ value: Int) {
        if value >= 0, value < 10 {
            append(UInt8(ascii: "0") + UInt8(value))
        } else {
            append(contentsOf: String(value).utf8)
        }
    }

    fileprivate mutating func appendEscape(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5C: append(byte)
        case 0x08: append(UInt8(ascii: "b"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0x09: append(UInt8(ascii: "t"))
        default:
            append(ascii: "u00")
            append(contentsOf: (byte < 0x10 ? "0" : "").utf8)
            append(contentsOf: String(byte, radix: 16).utf8)
        }
    }

    mutating func appendNewLine(_ indentation: Int) {
        append(UInt8(ascii: "\n"))
        append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation * 2))
    }
}
