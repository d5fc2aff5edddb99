/// The members of a JSON object, in the order in which they came.
///
/// Most objects are small, so look-up is a scan; past `indexThreshold` members a dictionary of positions is kept, so
/// that an object of a million members is not walked a million times. A key occurs once; a later value replaces an
/// earlier one in its place.
public struct JSONObject: Sendable {
    static let indexThreshold = 24

    public private(set) var members: [(key: String, value: JSON)] = []
    private var positions: [String: Int]?

    public init() {}

    public init(_ members: some Sequence<(String, JSON)>) {
        self.members.reserveCapacity(members.underestimatedCount)
        for (key, value) in members { self[key] = value }
    }

    /// Exactly as large as its members need.
    init(_ members: ArraySlice<(key: String, value: JSON)>) {
        if members.count <= Self.indexThreshold, Self.areDistinct(members) {
            self.members = Array(members)
        } else {
            self.members.reserveCapacity(members.count)
            for (key, value) in members { self[key] = value }
        }
    }

    private static func areDistinct(_ members: ArraySlice<(key: String, value: JSON)>) -> Bool {
        for index in members.indices {
            for other in index + 1..<members.endIndex where members[index].key == members[other].key { return false }
        }
        return true
    }

    /// The same members in the same order with other values; no key is looked up.
    public func mapValues(_ change: (_ key: String, _ value: JSON) throws -> JSON) rethrows -> JSONObject {
        var result = JSONObject()
        result.members = try members.map { ($0.key, try change($0.key, $0.value)) }
        result.positions = positions
        return result
    }

    /// Equal for two objects of which one is a copy of the other that neither side has changed since. As long as an
    /// object of this identity exists, no other one has it.
    public var identity: UInt { members.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }
    public var keys: [String] { members.map(\.key) }

    public subscript(key: String) -> JSON? {
        get { position(of: key).map { members[$0].value } }
        set {
            if let position = position(of: key) {
                if let newValue { members[position].value = newValue } else { remove(at: position) }
            } else if let newValue {
                append(key, newValue)
            }
        }
    }

    /// Looks a member up as request bodies are read: the exact key first, then any key that differs only in case.
    public subscript(caseless key: String) -> JSON? {
        if let exact = self[key] { return exact }
        let folded = key.lowercased()
        return members.first { $0.key.utf8.count == key.utf8.count && $0.key.lowercased() == folded }?.value
    }

    /// Changes a member in place, without a copy of the rest.
    public mutating func update(_ key: String, _ change: (inout JSON) throws -> Void) rethrows {
        guard let position = position(of: key) else { return }
        try change(&members[position].value)
    }

    public mutating func reserveCapacity(_ capacity: Int) { members.reserveCapacity(capacity) }

    private func position(of key: String) -> Int? {
        if let positions { return positions[key] }
        return members.firstIndex { $0.key == key }
    }

    private mutating func append(_ key: String, _ value: JSON) {
        members.append((key, value))
        if positions != nil {
            positions?[key] = members.count - 1
        } else if members.count > Self.indexThreshold {
            positions = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1.key, $0) })
        }
    }

    private mutating func remove(at position: Int) {
        let (key, _) = members.remove(at: position)
        guard positions != nil else { return }
        positions?[key] = nil
        for moved in position..<members.count { positions?[members[moved].key] = moved }
    }
}

extension JSONObject: Hashable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        if left.identity == right.identity { return true }
        return left.members.indices.allSatisfy { index in
            let (key, value) = left.members[index]
            // Objects of one kind usually have the same order: look in the same place first.
            if right.members[index].key == key { return right.members[index].value == value }
            return right[key] == value
        }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        var combined = 0
        for (key, value) in members {
            var member = Hasher()
            member.combine(key)
            member.combine(value)
            combined ^= member.finalize()
        }
        hasher.combine(combined)
    }
}

extension JSONObject: Sequence {
    public func makeIterator() -> IndexingIterator<[(key: String, value: JSON)]> { members.makeIterator() }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
