/// What must be unique for a deployment to know which value is meant: a folded name and a scope.
///
/// Both are numbers that a `KeyTable` gave: a set of ten thousand values looks keys up many times.
struct ValueKey: Hashable {
    fileprivate var name: Int
    fileprivate var scope: Int
}

/// Gives each name and each scope of one matching a number.
struct KeyTable {
    private var names: [String: Int] = [:]
    private var scopes: [VariableScope: Int] = [:]
    /// Values of one name mostly stand together.
    private var lastName: (name: String, number: Int) = ("", -1)

    /// - Parameter name: folded.
    mutating func key(_ name: String, _ scope: VariableScope) -> ValueKey {
        ValueKey(name: number(ofName: name), scope: number(of: scope))
    }

    /// The number of a scope, for those who have many values of one scope.
    mutating func number(of scope: VariableScope) -> Int {
        if let known = scopes[scope] { return known }
        scopes[scope] = scopes.count
        return scopes.count - 1
    }

    mutating func key(_ name: String, scopeNumber: Int) -> ValueKey {
        ValueKey(name: number(ofName: name), scope: scopeNumber)
    }

    private mutating func number(ofName name: String) -> Int {
        if lastName.number >= 0, lastName.name == name { return lastName.number }
        lastName = (name, names[name] ?? names.count)
        if lastName.number == names.count { names[name] = names.count }
        return lastName.number
    }
}

/// Positions that share a key, without a list for each of the many keys that have one position only.
struct IndexGroups<Key: Hashable> {
    private var numbers: [Key: Int] = [:]
    private var first: [Int] = []
    private var last: [Int] = []
    /// By position: the next one of the same key, or -1.
    private var next: [Int]

    /// - Parameter count: one more than the highest position.
    init(count: Int) {
        next = Array(repeating: -1, count: count)
        numbers.reserveCapacity(count)
    }

    /// The groups by number, in the order of their first positions.
    var groups: Range<Int> { first.indices }

    mutating func add(_ position: Int, _ key: Key) {
        let number = Self.number(of: key, in: &numbers, new: first.count)
        guard number < first.count else {
            first.append(position)
            last.append(position)
            return
        }
        next[last[number]] = position
        last[number] = position
    }

    /// One look-up for finding and for adding.
    private static func number(of key: Key, in numbers: inout [Key: Int], new: Int) -> Int {
        func take(_ number: inout Int) -> Int {
            if number < 0 { number = new }
            return number
        }
        return take(&numbers[key, default: -1])
    }

    func number(of key: Key) -> Int? { numbers[key] }

    /// The only position of a group, or nil when it has several.
    func only(_ group: Int) -> Int? { first[group] == last[group] ? first[group] : nil }

    func positions(_ group: Int) -> [Int] {
        var result: [Int] = []
        var position = first[group]
        while position >= 0 {
            result.append(position)
            position = next[position]
        }
        return result
    }
}
