import Foundation

/// What a piece of work cost.
struct Cost {
    /// Seconds of all threads of this process, user and system.
    var cpu: Double
    /// Seconds by the clock on the wall.
    var wall: Double

    var text: String { "\(Self.milliseconds(cpu)) CPU, \(Self.milliseconds(wall)) wall" }

    static func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1000).rounded())) ms" }

    static func ofWaiting<Result>(_ work: () async throws -> Result) async rethrows -> (Result, Cost) {
        let start = (cpuSeconds, ContinuousClock.now)
        let result = try await work()
        return (result, Cost(cpu: cpuSeconds - start.0, wall: start.1.duration(to: .now) / .seconds(1)))
    }

    static func of<Result>(_ work: () throws -> Result) rethrows -> (Result, Cost) {
        let start = (cpuSeconds, ContinuousClock.now)
        let result = try work()
        return (result, Cost(cpu: cpuSeconds - start.0, wall: start.1.duration(to: .now) / .seconds(1)))
    }

    /// Since the start of the process.
    static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
