/// Numbers the placeholders of a statement as its conditions are put together.
///
/// Statements come in few shapes, because each shape stays prepared for as long as its connection lives.
struct SQLBuilder {
    private(set) var arguments: [SQLValue] = []

    /// The most values that one list of a condition may have.
    static let longestList = 16_384

    /// Adds a value and returns its placeholder.
    mutating func bind(_ value: SQLValue) -> String {
        arguments.append(value)
        return "$\(arguments.count)"
    }

    /// `column = $n`, or `column IN (…)` with the list padded to a power of two by repeating its last value.
    mutating func among(_ column: String, _ values: [String]) throws -> String {
        guard let last = values.last else { return "1 = 0" }
        if values.count == 1 { return "\(column) = \(bind(.text(last)))" }
        guard values.count <= Self.longestList else {
            throw StoreError.tooManyValues(count: values.count, limit: Self.longestList)
        }
        var length = 2
        while length < values.count { length *= 2 }
        let padded = values + Array(repeating: last, count: length - values.count)
        return "\(column) IN (\(padded.map { bind(.text($0)) }.joined(separator: ", ")))"
    }

    /// Text within a column; the value must be folded already.
    mutating func contains(_ column: String, _ text: String) -> String {
        var pattern = "%"
        for character in text {
            if "%_\\".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return "\(column) LIKE \(bind(.text(pattern + "%"))) ESCAPE '\\'"
    }

    /// `LIMIT … OFFSET …`; a negative number counts as 0.
    mutating func window(skip: Int, take: Int) -> String {
        let limit = bind(.int(max(take, 0)))
        return "LIMIT \(limit) OFFSET \(bind(.int(max(skip, 0))))"
    }
}
