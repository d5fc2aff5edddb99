import Testing

@testable import APIClient

@Suite("How many requests are under way at once")
struct ConcurrencyLimitTests {
    @Test("E-105: begins at four and doubles for each clean window, up to the cap")
    func doubles() {
        var limit = ConcurrencyLimit(initial: 4, maximum: 16)
        #expect(limit.limit == 4)
        answer(&limit, times: 4)
        #expect(limit.limit == 8)
        answer(&limit, times: 8)
        #expect(limit.limit == 16)
        answer(&limit, times: 40)
        #expect(limit.limit == 16)
    }

    @Test("E-105: after the first trouble it rises by one for each clean window")
    func rises() {
        var limit = ConcurrencyLimit(initial: 8, maximum: 16)
        _ = limit.tryStart()
        limit.finish(.trouble)
        answer(&limit, times: 4)
        #expect(limit.limit == 5)
        answer(&limit, times: 5)
        #expect(limit.limit == 6)
    }

    @Test("E-105: halves on trouble, but never below one")
    func halves() {
        var limit = ConcurrencyLimit(initial: 4, maximum: 16)
        for expected in [2, 1, 1] {
            _ = limit.tryStart()
            limit.finish(.trouble)
            #expect(limit.limit == expected)
        }
    }

    @Test("E-105: halves when answers take twice as long as they did")
    func slower() {
        var limit = ConcurrencyLimit(initial: 4, maximum: 16)
        answer(&limit, times: 4, taking: .milliseconds(200))
        answer(&limit, times: 8, taking: .milliseconds(500))
        #expect(limit.limit == 4)
    }

    @Test("does not start more than the limit")
    func full() {
        var limit = ConcurrencyLimit(initial: 2, maximum: 16)
        let first = [limit.tryStart(), limit.tryStart(), limit.tryStart()]
        #expect(first == [true, true, false])
        limit.finish(.answered(.milliseconds(1)))
        let next = limit.tryStart()
        #expect(next)
    }

    @Test("who waits is let in when another leaves, and who gives up is forgotten")
    func gate() async throws {
        let gate = RequestGate(ConcurrencyLimit(initial: 1, maximum: 1))
        try await gate.enter()
        let quitter = Task { try await gate.enter() }
        while await gate.waitingCount < 1 { await Task.yield() }
        let next = Task { try await gate.enter() }
        while await gate.waitingCount < 2 { await Task.yield() }
        quitter.cancel()
        await #expect(throws: CancellationError.self) { try await quitter.value }
        await gate.leave(.answered(.zero))
        try await next.value
        #expect(await gate.current.inFlight == 1)
    }

    private func answer(_ limit: inout ConcurrencyLimit, times: Int, taking duration: Duration = .milliseconds(10)) {
        for _ in 0..<times {
            let isStarted = limit.tryStart()
            #expect(isStarted)
            limit.finish(.answered(duration))
        }
    }
}
