import Catalog
import Sync
import Synchronization
import Testing

@testable import SyncRun

@Suite("Doing the operations of a phase")
struct PhaseRunnerTests {
    @Test("nothing is begun before what it depends on is done")
    func dependencies() async {
        let log = Mutex<[Int]>([])
        let operations = [operation(1, dependsOn: [2]), operation(2, dependsOn: [3]), operation(3)]
        let result = await PhaseRunner(operations: operations) { operation in
            log.withLock { $0.append(operation.sequence) }
        } finished: { _ in
        }.result(after: [])
        #expect(log.withLock { $0 } == [3, 2, 1])
        #expect(result.done.count == 3 && result.notStarted.isEmpty)
    }

    @Test("operations of one entity are done one after the other, in their order")
    func lanes() async {
        let log = Mutex<[String]>([])
        let operations = (1...6).map { operation($0, lineage: $0 % 2 == 0 ? "even" : "odd") }
        _ = await PhaseRunner(operations: operations) { operation in
            log.withLock { $0.append("+\(operation.sequence)") }
            await Task.yield()
            log.withLock { $0.append("-\(operation.sequence)") }
        } finished: { _ in
        }.result(after: [])
        let odd = log.withLock { $0 }.filter { Int($0.dropFirst()).map { $0 % 2 == 1 } == true }
        #expect(odd == ["+1", "-1", "+3", "-3", "+5", "-5"])
    }

    @Test("after a failure nothing more is begun, and what is under way ends")
    func failure() async {
        struct Broken: Error, CustomStringConvertible { let description = "broken" }
        let operations = [operation(1), operation(2, dependsOn: [1]), operation(3, dependsOn: [99])]
        let result = await PhaseRunner(operations: operations) { operation in
            if operation.sequence == 1 { throw Broken() }
        } finished: { _ in
        }.result(after: [])
        #expect(result.failed.map(\.operation.sequence) == [1])
        #expect(result.failed.map(\.problem) == ["broken"])
        #expect(result.notStarted.map(\.sequence) == [2, 3])
    }

    @Test("what earlier phases did counts as done")
    func earlier() async {
        let result = await PhaseRunner(operations: [operation(5, dependsOn: [1])]) { _ in
        } finished: { _ in
        }.result(after: [1])
        #expect(result.done.map(\.sequence) == [5])
    }

    private func operation(_ sequence: Int, dependsOn: [Int] = [], lineage: String? = nil) -> Sync.Operation {
        Sync.Operation(
            sequence: sequence,
            phase: .projects,
            action: .update,
            key: EntityKey(.projects, "P\(sequence)"),
            lineage: lineage ?? "\(sequence)",
            dependsOn: dependsOn,
            after: .null
        )
    }
}
