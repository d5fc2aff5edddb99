/// How many requests may be under way to one server: more while it answers well, half as many as soon as it does not.
///
/// A window is as many answers as the limit is high. Until the first trouble a clean window doubles the limit, afterwards
/// it raises it by one; trouble, or a window that took twice as long per answer as the best one so far, halves it.
struct ConcurrencyLimit: Sendable, Hashable {
    enum Outcome: Sendable, Hashable {
        case answered(Duration)
        /// 429, 5xx, a timeout or a broken connection.
        case trouble
    }

    private(set) var limit: Int
    let maximum: Int
    private(set) var inFlight = 0
    private var answers = 0
    private var time = Duration.zero
    private var bestMean: Duration?
    /// Nothing has shown yet where the server's limit is.
    private var isStarting = true

    init(initial: Int, maximum: Int) {
        self.maximum = max(1, maximum)
        limit = min(max(1, initial), self.maximum)
    }

    /// Takes a place if there is one.
    mutating func tryStart() -> Bool {
        guard inFlight < limit else { return false }
        inFlight += 1
        return true
    }

    mutating func finish(_ outcome: Outcome) {
        inFlight -= 1
        switch outcome {
        case .trouble: shrink()
        case .answered(let duration):
            answers += 1
            time += duration
            if answers >= limit { closeWindow() }
        }
    }

    private mutating func closeWindow() {
        let mean = time / answers
        let best = bestMean ?? mean
        // Answers of a few milliseconds double by chance.
        if mean > best * 2, mean > .milliseconds(250) {
            shrink()
            return
        }
        bestMean = min(best, mean)
        limit = min(isStarting ? limit * 2 : limit + 1, maximum)
        startWindow()
    }

    private mutating func shrink() {
        isStarting = false
        limit = max(1, limit / 2)
        startWindow()
    }

    private mutating func startWindow() {
        answers = 0
        time = .zero
    }
}

/// Lets requests to one server through, as many at a time as its limit says, in the order in which they came.
actor RequestGate {
    private var limit: ConcurrencyLimit
    private var waiting: [(id: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    private var nextID = 0

    init(_ limit: ConcurrencyLimit) { self.limit = limit }

    var current: ConcurrencyLimit { limit }
    var waitingCount: Int { waiting.count }

    /// Waits for a place. Each return must be followed by one `leave`.
    func enter() async throws {
        try Task.checkCancellation()
        if waiting.isEmpty, limit.tryStart() { return }
        let id = nextID
        nextID += 1
        let admitted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A cancellation that came first found nothing to remove.
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    waiting.append((id, continuation))
                }
            }
        } onCancel: {
            Task { await self.giveUp(id) }
        }
        guard admitted else { throw CancellationError() }
    }

    func leave(_ outcome: ConcurrencyLimit.Outcome) {
        limit.finish(outcome)
        while let next = waiting.first, limit.tryStart() {
            waiting.removeFirst()
            next.continuation.resume(returning: true)
        }
    }

    private func giveUp(_ id: Int) {
        guard let position = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: position).continuation.resume(returning: false)
    }
}
