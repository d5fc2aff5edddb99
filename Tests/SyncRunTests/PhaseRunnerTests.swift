import APIClient
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
        }.result(after: .init())
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
        }.result(after: .init())
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
        }.result(after: .init())
        #expect(result.failed.map(\.operation.sequence) == [1])
        #expect(result.failed.map(\.problem) == ["broken"])
        #expect(result.notStarted.map(\.sequence) == [2, 3])
    }

    @Test("what earlier phases did counts as done")
    func earlier() async {
        let result = await PhaseRunner(operations: [operation(5, dependsOn: [1])]) { _ in
        } finished: { _ in
        }.result(after: .init(done: [operation(1)]))
        #expect(result.done.map(\.sequence) == [5])
    }

    @Test("continueIndependent does everything that neither depends on nor belongs to what failed")
    func independent() async {
        struct Broken: Error {}
        var owned = operation(4)
        owned.key = EntityKey(.channels, "P1", "Default")
        var failing = operation(1)
        failing.action = .create
        let runner = PhaseRunner(
            operations: [failing, operation(2, dependsOn: [1]), operation(3), owned, operation(5, lineage: "1")],
            onFailure: .continueIndependent
        ) { operation in
            if operation.sequence == 1 { throw Broken() }
        } finished: { _ in
        }
        let result = await runner.result(after: .init())
        #expect(result.done.map(\.sequence) == [3])
        #expect(result.notStarted.map(\.sequence) == [2, 4, 5])
        // What later phases hold of it is not begun either.
        var process = operation(9)
        process.key = EntityKey(.deploymentProcesses, "P1")
        let later = await PhaseRunner(operations: [process, operation(8)], onFailure: .continueIndependent) { _ in
        } finished: { _ in
        }.result(after: result)
        #expect(later.done.map(\.sequence) == [8])
    }

    @Test("stopNow gives up what is under way", .timeLimit(.minutes(5)))
    func stopNow() async {
        struct Broken: Error {}
        let runner = PhaseRunner(operations: [operation(1), operation(2)], onFailure: .stopNow) { operation in
            if operation.sequence == 1 { throw Broken() }
            try await Task.sleep(for: .seconds(3600))
        } finished: { _ in
        }
        let result = await runner.result(after: .init())
        #expect(Set(result.failed.map(\.operation.sequence)) == [1, 2])
    }

    @Test("a broken connection ends the run whatever the failure policy says")
    func interruption() async {
        let operations = (1...40).map { operation($0) }
        let result = await PhaseRunner(operations: operations, onFailure: .continueIndependent) { _ in
            throw APIError.unreachable(server: "http://a", problem: "the connection was closed")
        } finished: { _ in
        }.result(after: .init())
        #expect(result.interruption?.description == "The connection to http://a broke (the connection was closed)")
        #expect(!result.notStarted.isEmpty)
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
