/// Does work on several items at once.
func inParallel<Item: Hashable & Sendable, Value: Sendable>(
    _ items: [Item],
    atMost breadth: Int,
    _ work: @escaping @Sendable (Item) async throws -> Value
) async throws -> [Item: Value] {
    try await withThrowingTaskGroup(of: (Item, Value).self) { group in
        var results: [Item: Value] = [:]
        var next = items.makeIterator()
        for _ in 0..<breadth {
            guard let item = next.next() else { break }
            group.addTask { (item, try await work(item)) }
        }
        while let (item, value) = try await group.next() {
            results[item] = value
            if let item = next.next() { group.addTask { (item, try await work(item)) } }
        }
        return results
    }
}
