import Foundation
import Synchronization

/// How a program ended.
public enum Ending: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
}

/// A program that runs as a child of the test. Its output goes to files, so that it never blocks on a full pipe.
public final class RunningProcess: Sendable {
    public let processID: Int32
    private let outputPath: String
    private let errorPath: String
    private let reaped = Mutex<Ending?>(nil)

    init(processID: Int32, outputPath: String, errorPath: String) {
        self.processID = processID
        self.outputPath = outputPath
        self.errorPath = errorPath
    }

    /// All that the program has printed so far.
    public var standardOutput: String { Self.contents(of: outputPath) }
    public var standardError: String { Self.contents(of: errorPath) }

    /// How the program ended; nil while it runs.
    public var ending: Ending? {
        reaped.withLock { known in
            if known == nil { known = Self.reap(processID) }
            return known
        }
    }

    /// Waits for a complete line of standard output that `matches`, and returns it.
    ///
    /// - Throws: ``ProcessEndedEarly`` when the program ends without it, ``WaitTimedOut`` after `limit`.
    public func line(
        _ what: String,
        limit: Duration = .seconds(60),
        isolation: isolated (any Actor)? = #isolation,
        where matches: (String) -> Bool
    ) async throws -> String {
        try await wait(for: "\(what) from process \(processID)", limit: limit) {
            // Ask for the end first: what was printed before it is complete then.
            let ending = ending
            if let line = Self.completeLines(standardOutput).first(where: matches) { return line }
            if let ending { throw ProcessEndedEarly(ending: ending, awaited: what, standardError: standardError) }
            return nil
        }
    }

    /// Sends a signal, for example `SIGTERM` or `SIGKILL`; does nothing once the program has ended.
    public func send(signal: Int32) {
        reaped.withLock { known in
            if known == nil { kill(processID, signal) }
        }
    }

    /// Waits until the program has ended by itself or by a signal.
    @discardableResult
    public func waitForEnd(
        limit: Duration = .seconds(60),
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Ending {
        try await wait(for: "the end of process \(processID)", limit: limit) { ending }
    }

    private static func reap(_ processID: Int32) -> Ending? {
        var status: Int32 = 0
        guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }

    private static func contents(of path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    private static func completeLines(_ text: String) -> [String] {
        guard let end = text.lastIndex(of: "\n") else { return [] }
        return text[..<end].split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}

/// A program ended while a test waited for a line of it.
public struct ProcessEndedEarly: Error, CustomStringConvertible {
    public let ending: Ending
    public let awaited: String
    public let standardError: String

    public var description: String { "no \(awaited): the program ended (\(ending)); its errors: \(standardError)" }
}

/// A program that has ended, with all that it printed.
public struct FinishedProcess: Sendable {
    public let ending: Ending
    public let standardOutput: String
    public let standardError: String

    /// The exit code; -1 when a signal ended the program.
    public var exitCode: Int32 { if case .exited(let code) = ending { code } else { -1 } }
}
