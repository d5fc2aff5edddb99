import Catalog
import Crypto
import Foundation
import Sync

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The secrets that a policy's provider has. Asked once in a run; the values never leave this process but in the request
/// that sets them.
actor SecretSource {
    private let policy: Policy
    private let folder: URL
    private let keyPath: String
    private var values: [String: SecretValue]?
    private var versions: [String: ProvidedSecret] = [:]
    private(set) var warnings: [String] = []

    /// - Parameter keyPath: the file of the key that versions are hashed with; made when it is first needed.
    init(policy: Policy, policyPath: String, keyPath: String) {
        self.policy = policy
        folder = URL(fileURLWithPath: policyPath).deletingLastPathComponent()
        self.keyPath = keyPath
    }

    /// What the provider has, by the folded name of the secret.
    ///
    /// - Throws: `SyncRunError.credential`, when the policy says that nothing may be missing, or is itself not usable.
    func provided() async throws -> [String: ProvidedSecret] {
        if values == nil { try await read() }
        return versions
    }

    /// Nil for what the provider does not have.
    func value(named name: String) -> SecretValue? { values?[EntityKey.folded(name)] }

    static let longest = 65_536
    private static let atOnce = 8

    private func read() async throws {
        guard policy.secrets.provider != .none else {
            if !policy.secrets.map.isEmpty {
                throw SyncRunError.credential(
                    problem:
                        "the policy has a secrets.map but no provider; write secrets.provider: env, file or command"
                )
            }
            values = [:]
            return
        }
        if policy.secrets.provider == .command, policy.secrets.command.isEmpty {
            throw SyncRunError.credential(problem: "secrets.provider is command, but secrets.command names no program")
        }
        var found: [String: SecretValue] = [:]
        var problems: [String] = []
        let entries = policy.secrets.map
        for start in stride(from: 0, to: entries.count, by: Self.atOnce) {
            let batch = entries[start..<min(entries.count, start + Self.atOnce)]
            let answers = await fetch(batch)
            for (entry, answer) in answers.sorted(by: { $0.0.line < $1.0.line }) {
                switch answer {
                case .success(let text): found[EntityKey.folded(entry.name)] = SecretValue(text)
                case .failure(let problem): problems.append("\(entry.name): \(problem.text)")
                }
            }
        }
        if !problems.isEmpty, policy.secrets.onMissing == .fail {
            throw SyncRunError.credential(problem: "secrets are missing:\n" + SyncRunError.list(problems))
        }
        warnings = problems
        let key = found.isEmpty ? SymmetricKey(size: .bits256) : try hashingKey()
        for entry in entries {
            let name = EntityKey.folded(entry.name)
            guard let value = found[name] else { continue }
            versions[name] = ProvidedSecret(
                provider: "\(policy.secrets.provider.rawValue):\(entry.token)",
                version: Self.version(of: value, named: name, key),
                rule: "secrets.map (line \(entry.line))"
            )
        }
        values = found
    }

    /// The name is part of it, so that two secrets of one value do not show that they are equal.
    private static func version(of value: SecretValue, named name: String, _ key: SymmetricKey) -> String {
        let text = "\(name)\u{0}\(value.reveal())"
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)
        return code.prefix(8).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    nonisolated private func fetch(
        _ entries: ArraySlice<Policy.Secrets.Entry>
    ) async -> [(Policy.Secrets.Entry, Result<String, SecretProblem>)] {
        await withTaskGroup(of: (Policy.Secrets.Entry, Result<String, SecretProblem>).self) { group in
            for entry in entries { group.addTask { (entry, await self.fetch(entry)) } }
            var answers: [(Policy.Secrets.Entry, Result<String, SecretProblem>)] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
    }

    // MARK: - One secret

    private struct SecretProblem: Error { var text: String }

    nonisolated private func fetch(_ entry: Policy.Secrets.Entry) async -> Result<String, SecretProblem> {
        switch policy.secrets.provider {
        case .none: return .failure(SecretProblem(text: "there is no provider"))
        case .env:
            guard let text = ProcessInfo.processInfo.environment[entry.token], !text.isEmpty else {
                return .failure(SecretProblem(text: "the environment variable \(entry.token) is not set"))
            }
            return checked(text, from: "the environment variable \(entry.token)")
        case .file: return file(entry.token)
        case .command: return await program(entry.token)
        }
    }

    nonisolated private func checked(_ text: String, from place: String) -> Result<String, SecretProblem> {
        guard text.utf8.count <= Self.longest else {
            return .failure(SecretProblem(text: "\(place) is longer than \(Self.longest) bytes"))
        }
        return text.isEmpty ? .failure(SecretProblem(text: "\(place) is empty")) : .success(text)
    }

    nonisolated private func file(_ path: String) -> Result<String, SecretProblem> {
        let file = URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL
        guard let handle = FileHandle(forReadingAtPath: file.path) else {
            return .failure(SecretProblem(text: "the file \(file.path) cannot be read"))
        }
        defer { try? handle.close() }
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)
        guard let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue, mode & 0o077 == 0 else {
            return .failure(
                SecretProblem(text: "the file \(file.path) is open to other users; close it: chmod 600 \(file.path)")
            )
        }
        guard let data = try? handle.read(upToCount: Self.longest + 2) else {
            return .failure(SecretProblem(text: "the file \(file.path) is empty"))
        }
        return text(data, from: "the file \(file.path)")
    }

    nonisolated private func program(_ token: String) async -> Result<String, SecretProblem> {
        let command = policy.secrets.command
        let arguments = command.map { $0.replacing("{}", with: token) }
        let place = "\(command[0]) for '\(token)'"
        do {
            let data = try await ProgramOutput.of(
                arguments,
                in: folder,
                seconds: policy.secrets.timeout,
                limit: Self.longest + 1
            )
            return text(data, from: "the output of \(place)")
        } catch {
            let reason =
                switch error {
                case .cannotStart: "cannot be started"
                case .failed(let code): "ended with \(code)"
                case .tookTooLong: "took longer than \(policy.secrets.timeout) s"
                case .printedTooMuch: "printed more than \(Self.longest) bytes"
                }
            return .failure(SecretProblem(text: "\(place) \(reason)"))
        }
    }

    /// Files and programs end their text with a line end that is not part of it.
    nonisolated private func text(_ data: Data, from place: String) -> Result<String, SecretProblem> {
        guard var text = String(data: data, encoding: .utf8) else {
            return .failure(SecretProblem(text: "\(place) is not UTF-8 text"))
        }
        if text.utf8.last == UInt8(ascii: "\n") {
            text = String(decoding: text.utf8.dropLast(), as: UTF8.self)
            if text.utf8.last == UInt8(ascii: "\r") { text = String(decoding: text.utf8.dropLast(), as: UTF8.self) }
        }
        return checked(text, from: place)
    }

    // MARK: - The key of versions

    /// 32 random bytes beside the state. Whoever has the state but not this learns nothing from a version.
    private func hashingKey() throws -> SymmetricKey {
        func problem(_ text: String) -> SyncRunError { .state(path: keyPath, problem: text) }
        let descriptor = open(keyPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            let key = SymmetricKey(size: .bits256)
            try handle.write(contentsOf: key.withUnsafeBytes { Data($0) })
            try handle.synchronize()
            return key
        }
        guard errno == EEXIST, let data = FileManager.default.contents(atPath: keyPath) else {
            throw problem(String(cString: strerror(errno)))
        }
        guard data.count == 32 else { throw problem("the key of secret versions is damaged; delete the file") }
        return SymmetricKey(data: data)
    }
}
