import Foundation
import Subprocess
import SystemPackage

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
        guard let name = arguments.first else { throw .cannotStart }
        var options = PlatformOptions()
        // A group of its own, so that what the program starts ends with it.
        options.createSession = true
        do {
            let result = try await Subprocess.run(
                executable(name, folder),
                arguments: Arguments(Array(arguments.dropFirst())),
                workingDirectory: FilePath(folder.path),
                platformOptions: options,
                input: .none,
                output: .sequence,
                error: .discarded
            ) { execution in
                let end = Task {
                    try await Task.sleep(for: .seconds(seconds))
                    try? execution.send(signal: .kill, toProcessGroup: true)
                    return true
                }
                defer { end.cancel() }
                var data = Data()
                for try await chunk in execution.standardOutput {
                    chunk.withUnsafeBytes { data.append(contentsOf: $0) }
                    if data.count > limit {
                        try? execution.send(signal: .kill, toProcessGroup: true)
                        throw Problem.printedTooMuch
                    }
                }
                end.cancel()
                if (try? await end.value) == true { throw Problem.tookTooLong }
                return data
            }
            switch result.terminationStatus {
            case .exited(0): return result.closureResult
            case .exited(let code): throw Problem.failed(code)
            default: throw Problem.tookTooLong
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw .cannotStart
        }
    }

    private static func executable(_ name: String, _ folder: URL) -> Executable {
        guard name.contains("/") else { return .name(name) }
        return .path(FilePath(URL(fileURLWithPath: name, relativeTo: folder).standardizedFileURL.path))
    }
}
