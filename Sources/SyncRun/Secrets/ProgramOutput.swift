import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Runs a program for what it prints. No shell is involved; its errors go nowhere, since they may quote what it prints.
enum ProgramOutput {
    enum Problem: Error, Sendable {
        case cannotStart
        case failed(Int32)
        case tookTooLong
        case printedTooMuch
    }

    /// - Parameters:
    ///   - arguments: the program first: a path, or a name that PATH knows.
    ///   - limit: the most that it may print, in bytes.
    static func of(_ arguments: [String], in folder: URL, seconds: Int, limit: Int) async throws(Problem) -> Data {
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: run(arguments, folder, seconds, limit))
            }
        }
        return try result.get()
    }

    private static func run(_ arguments: [String], _ folder: URL, _ seconds: Int, _ limit: Int) -> Result<Data, Problem>
    {
        guard let name = arguments.first, let program = find(name, folder) else { return .failure(.cannotStart) }
        let process = Process()
        process.executableURL = program
        process.arguments = Array(arguments.dropFirst())
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch { return .failure(.cannotStart) }
        let descriptor = output.fileHandleForReading.fileDescriptor
        let end = ContinuousClock.now + .seconds(seconds)
        let outcome = read(descriptor, until: end, limit)
        // Whoever still writes into the pipe is ended by writing; nobody waits for children of the program.
        try? output.fileHandleForReading.close()
        if case .failure = outcome { kill(process.processIdentifier, SIGKILL) }
        while process.isRunning {
            if ContinuousClock.now > end { kill(process.processIdentifier, SIGKILL) }
            usleep(2_000)
        }
        guard case .success(let data) = outcome else { return outcome }
        if process.terminationReason == .uncaughtSignal { return .failure(.tookTooLong) }
        return process.terminationStatus == 0 ? .success(data) : .failure(.failed(process.terminationStatus))
    }

    private static func read(
        _ descriptor: Int32,
        until end: ContinuousClock.Instant,
        _ limit: Int
    ) -> Result<Data, Problem> {
        var data = Data()
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { return .failure(.tookTooLong) }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            let ready = poll(&waiting, 1, Int32(clamping: max(1, milliseconds)))
            if ready <= 0 { continue }
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return .success(data) }
            data.append(contentsOf: buffer[..<count])
            if data.count > limit { return .failure(.printedTooMuch) }
        }
    }

    private static func find(_ name: String, _ folder: URL) -> URL? {
        let candidates: [URL]
        if name.contains("/") {
            candidates = [URL(fileURLWithPath: name, relativeTo: folder).standardizedFileURL]
        } else {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
            candidates = path.split(separator: ":").map { URL(fileURLWithPath: "\($0)/\(name)") }
        }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}
