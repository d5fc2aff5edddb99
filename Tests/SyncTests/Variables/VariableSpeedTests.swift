import Catalog
import Foundation
import Testing

@testable import Sync

@Suite("Speed of variable matching", .serialized)
struct VariableSpeedTests {
    /// A set of different names, of one name with different values, or of pairs that only likeness can find.
    enum Shape: CaseIterable { case manyNames, oneName, oneNameAndValue }

    static func values(_ count: Int, _ shape: Shape, _ prefix: String) -> [VariableValue] {
        (0..<count).map { index in
            VariableValue(
                id: "\(prefix)\(index)",
                name: shape == .manyNames ? "Variable.Number\(index)" : "Variable",
                value: .string(shape == .oneNameAndValue ? "same" : "value #{Variable.Number\(index / 2)} \(index)"),
                scope: shape == .manyNames ? [:] : [.roles: ["role\(index)"]]
            )
        }
    }

    static func time(_ count: Int, _ shape: Shape) throws -> [Duration] {
        var set = SyncedSet(source: values(count, shape, "s"))
        var fastest: [Duration] = []
        func measure(_ work: () throws -> Void) throws {
            fastest.append(try (0..<3).map { _ in try processorTime(of: work) }.min() ?? .zero)
        }
        try measure { _ = set.plan() }
        try set.apply(set.plan())
        for index in stride(from: 0, to: count, by: 10) { set.source[index].value = .string("changed \(index)") }
        try measure { #expect(set.plan().operations.count == (count + 9) / 10) }
        set.base = VariableBase()
        try measure { _ = set.plan() }
        return fastest
    }

    /// Of this thread alone: the machine may be busy.
    private static func processorTime(of work: () throws -> Void) rethrows -> Duration {
        let start = now()
        try work()
        return now() - start
    }

    private static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    @Test("Ten times the values take about ten times as long, first, again and adopting", arguments: Shape.allCases)
    func proportional(_ shape: Shape) throws {
        let small = try Self.time(300, shape)
        let large = try Self.time(3_000, shape)
        for (small, large) in zip(small, large) {
            // Quadratic would be a hundred times.
            #expect(large < small * 40, "\(small) for 300 and \(large) for 3,000")
        }
    }
}
