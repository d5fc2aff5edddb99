import Foundation
import Synchronization

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
        let isLate = Atomic(false)
        let alarm = DispatchWorkItem {
            isLate.store(true, ordering: .relaxed)
            kill(process.processIdentifier, SIGKILL)
            // A grandchild may hold the pipe open: nobody waits for it.
            try? output.fileHandleForReading.close()
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds), execute: alarm)
        defer { alarm.cancel() }
        var data = Data()
        while data.count <= limit, let piece = try? output.fileHandleForReading.read(upToCount: limit + 1 - data.count),
            !piece.isEmpty
        { data.append(piece) }
        if data.count > limit {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            return .failure(.printedTooMuch)
        }
        process.waitUntilExit()
        if isLate.load(ordering: .relaxed) { return .failure(.tookTooLong) }
        return process.terminationStatus == 0 ? .success(data) : .failure(.failed(process.terminationStatus))
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
