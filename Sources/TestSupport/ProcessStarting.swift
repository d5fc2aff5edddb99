import Foundation

/// Starts a program, runs `body` with it, and ends it (SIGKILL to its process group) when `body` is done and it still
/// runs.
///
/// - Parameters:
///   - program: the path of an executable file.
///   - environment: changes to this process's environment; nil removes a variable.
///   - input: what the program reads from its standard input.
public func withProcess<Result>(
    _ program: String,
    _ arguments: [String],
    environment: [String: String?] = [:],
    workingDirectory: String? = nil,
    input: String = "",
    isolation: isolated (any Actor)? = #isolation,
    _ body: (RunningProcess) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { directory in
        let process = try start(
            program,
            arguments,
            environment: environment,
            workingDirectory: workingDirectory,
            input: input,
            files: directory
        )
        do {
            let result = try await body(process)
            await end(process)
            return result
        } catch {
            await end(process)
            throw error
        }
    }
}

/// Runs a program to its end.
///
/// - Throws: ``WaitTimedOut`` after `limit`, having killed it.
public func runProcess(
    _ program: String,
    _ arguments: [String],
    environment: [String: String?] = [:],
    workingDirectory: String? = nil,
    input: String = "",
    limit: Duration = .seconds(120),
    isolation: isolated (any Actor)? = #isolation
) async throws -> FinishedProcess {
    try await withProcess(
        program,
        arguments,
        environment: environment,
        workingDirectory: workingDirectory,
        input: input
    ) { process in
        let ending = try await process.waitForEnd(limit: limit)
        return FinishedProcess(
            ending: ending,
            standardOutput: process.standardOutput,
            standardError: process.standardError
        )
    }
}

/// Runs a Python script with the machine's `python3`.
public func runPython(
    _ arguments: [String],
    environment: [String: String?] = [:],
    limit: Duration = .seconds(600),
    isolation: isolated (any Actor)? = #isolation
) async throws -> FinishedProcess {
    try await runProcess("/usr/bin/env", ["python3"] + arguments, environment: environment, limit: limit)
}

private func end(_ process: RunningProcess, isolation: isolated (any Actor)? = #isolation) async {
    guard process.ending == nil else { return }
    kill(-process.processID, SIGKILL)
    // A task that is cancelled must wait here too, or a zombie stays behind; SIGKILL makes the wait short.
    while process.ending == nil { usleep(1_000) }
}

private func start(
    _ program: String,
    _ arguments: [String],
    environment: [String: String?],
    workingDirectory: String?,
    input: String,
    files: String
) throws -> RunningProcess {
    if let workingDirectory {
        // A spawned program starts in the directory of its parent; env changes it and then becomes the program.
        return try start(
            "/usr/bin/env",
            ["--chdir=\(workingDirectory)", program] + arguments,
            environment: environment,
            workingDirectory: nil,
            input: input,
            files: files
        )
    }
    try Data(input.utf8).write(to: URL(fileURLWithPath: "\(files)/input"))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "\(files)/input", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "\(files)/output", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, "\(files)/errors", O_WRONLY | O_CREAT | O_APPEND, 0o600)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    posix_spawnattr_setpgroup(&attributes, 0)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGTERM, SIGINT, SIGPIPE, SIGHUP] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)

    let variables = ProcessInfo.processInfo.environment.merging(environment.compactMapValues { $0 }) { $1 }
        .filter { environment[$0.key] != .some(.none) }
    let processID = try withCStrings([program] + arguments) { argumentPointers in
        try withCStrings(variables.map { "\($0.key)=\($0.value)" }) { variablePointers in
            var processID: pid_t = 0
            let code = posix_spawn(&processID, program, &actions, &attributes, argumentPointers, variablePointers)
            guard code == 0 else { throw SystemCallFailed(call: "posix_spawn \(program)", number: code) }
            return processID
        }
    }
    return RunningProcess(processID: processID, outputPath: "\(files)/output", errorPath: "\(files)/errors")
}

private func withCStrings<Result>(
    _ texts: [String],
    _ body: ([UnsafeMutablePointer<CChar>?]) throws -> Result
) rethrows -> Result {
    let pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return try body(pointers)
}
