import Foundation
import Subprocess
import SystemPackage

/// Runs `git`, of which nothing but the repository decides: no configuration of a user, no hooks, no prompts.
struct GitProgram: Sendable {
    /// A user name and a password or token for the remote repository.
    struct Login: Sendable {
        /// The name of the Git credential that holds them.
        var credential: String
        var username: String
        var password: String
    }

    /// The bare repository.
    var folder: String
    var login: Login?
    var allowsLocal: Bool

    static let localSeconds = 60
    static let remoteSeconds = 180
    static let smallOutput = 8 << 20

    /// - Parameters:
    ///   - input: what the program reads.
    ///   - variables: further environment.
    ///   - limit: the most that it may print, in bytes.
    /// - Returns: what it printed.
    /// - Throws: ``GitFailure``.
    @discardableResult
    func run(
        _ arguments: [String],
        input: [UInt8] = [],
        variables: [String: String] = [:],
        limit: Int = Self.smallOutput,
        seconds: Int = Self.localSeconds
    ) async throws -> [UInt8] {
        var options = PlatformOptions()
        // A group of its own, so that what the program starts ends with it.
        options.createSession = true
        do {
            let result = try await Subprocess.run(
                .name("git"),
                arguments: Arguments(["--git-dir=\(folder)"] + arguments),
                environment: .custom(environment(variables)),
                workingDirectory: FilePath(folder),
                platformOptions: options,
                input: .array(input),
                output: .sequence,
                error: .string(limit: 64 << 10)
            ) { execution in
                let end = Task {
                    try await Task.sleep(for: .seconds(seconds))
                    try? execution.send(signal: .kill, toProcessGroup: true)
                    return true
                }
                defer { end.cancel() }
                var output: [UInt8] = []
                for try await chunk in execution.standardOutput {
                    chunk.withUnsafeBytes { output.append(contentsOf: $0) }
                    if output.count > limit {
                        try? execution.send(signal: .kill, toProcessGroup: true)
                        throw GitFailure.printedTooMuch(limit: limit)
                    }
                }
                end.cancel()
                if (try? await end.value) == true { throw GitFailure.tookTooLong(seconds: seconds) }
                return output
            }
            guard case .exited(0) = result.terminationStatus else {
                throw GitFailure(saying: readable(result.standardError), isPush: arguments.first == "push")
            }
            return result.closureResult
        } catch let failure as GitFailure {
            throw failure
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw GitFailure.notInstalled
        }
    }

    private func environment(_ variables: [String: String]) -> [Environment.Key: String] {
        var result: [String: String] = [
            "HOME": folder, "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "/bin/false", "GIT_PROTOCOL_FROM_USER": "0",
            "GIT_ALLOW_PROTOCOL": allowsLocal ? "https:http:file" : "https",
        ]
        // How the machine reaches the world.
        let machine = ProcessInfo.processInfo.environment
        for name in ["PATH", "http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "TMPDIR"] {
            result[name] = machine[name]
        }
        // Git knows no other name for the authorities that this server trusts.
        result["GIT_SSL_CAINFO"] = machine["GIT_SSL_CAINFO"] ?? machine["SSL_CERT_FILE"]
        // A password must not follow a redirection to another host.
        var settings = [
            ("http.followRedirects", "false"), ("core.hooksPath", "/dev/null"), ("gc.auto", "0"),
            ("fetch.fsckObjects", "true"), ("http.lowSpeedLimit", "1000"), ("http.lowSpeedTime", "30"),
        ]
        if let login {
            result["SKERRY_GIT_USERNAME"] = login.username
            result["SKERRY_GIT_PASSWORD"] = login.password
            settings.append(
                (
                    "credential.helper",
                    "!f() { printf 'username=%s\\npassword=%s\\n' \"$SKERRY_GIT_USERNAME\" \"$SKERRY_GIT_PASSWORD\"; }; f"
                )
            )
        }
        result["GIT_CONFIG_COUNT"] = String(settings.count)
        for (index, (key, value)) in settings.enumerated() {
            result["GIT_CONFIG_KEY_\(index)"] = key
            result["GIT_CONFIG_VALUE_\(index)"] = value
        }
        result.merge(variables) { _, new in new }
        var keys: [Environment.Key: String] = [:]
        for (name, value) in result { if let key = Environment.Key(rawValue: name) { keys[key] = value } }
        return keys
    }

    /// The lines that say what is wrong.
    private func readable(_ text: String) -> String {
        var lines = text.split(separator: "\n").map(String.init)
        let telling = lines.filter { line in
            ["fatal:", "error:", "remote:", " !"].contains { line.hasPrefix($0) }
        }
        if !telling.isEmpty { lines = telling }
        var message = lines.prefix(6).joined(separator: "; ").prefix(1_000).description
        if let login, !login.password.isEmpty {
            message = message.replacingOccurrences(of: login.password, with: "***")
        }
        return message.isEmpty ? "git failed without a word" : message
    }
}
