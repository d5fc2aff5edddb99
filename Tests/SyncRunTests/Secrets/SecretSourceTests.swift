import Catalog
import Foundation
import Sync
import TestSupport
import Testing

@testable import SyncRun

@Suite("Providers of secrets")
struct SecretSourceTests {
    static let secret = "correct horse battery staple"

    static func policy(_ provider: Policy.Secrets.Provider, _ map: [String: String], command: [String] = []) -> Policy {
        var policy = Policy(
            source: .init(name: "s", url: "http://s", credential: .environment("S")),
            destination: .init(name: "d", url: "http://d", credential: .environment("D"))
        )
        policy.secrets.provider = provider
        policy.secrets.command = command
        policy.secrets.timeout = 2
        policy.secrets.map = map.sorted { $0.key < $1.key }.map { .init(name: $0.key, token: $0.value) }
        return policy
    }

    static func source(_ policy: Policy, _ folder: String) -> SecretSource {
        SecretSource(policy: policy, policyPath: "\(folder)/policy.yaml", keyPath: "\(folder)/secrets.key")
    }

    static func write(_ text: String, to path: String, mode: Int = 0o600) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test("S-104: a file's text is the secret, without the end of its last line; a file open to others is none")
    func file() async throws {
        try await withTemporaryDirectory { folder in
            try Self.write(Self.secret + "\r\n", to: "\(folder)/one")
            try Self.write(Self.secret, to: "\(folder)/open", mode: 0o644)
            try Self.write(String(repeating: "x", count: 70_000), to: "\(folder)/large")
            let policy = Self.policy(
                .file,
                ["a/One/P": "one", "a/Two/P": "open", "a/Three/P": "none", "a/Four/P": "large"]
            )
            let source = Self.source(policy, folder)
            let provided = try await source.provided()
            #expect(provided.keys.sorted() == ["a/one/p"])
            #expect(await source.value(named: "A/ONE/P")?.reveal() == Self.secret)
            let warnings = await source.warnings
            #expect(warnings.count == 3 && warnings.contains { $0.contains("chmod 600") })
            #expect(!warnings.joined().contains(Self.secret))
        }
    }

    @Test(
        "a version is keyed: equal for the same value, another for another value, name or key; the key is the user's alone"
    )
    func versions() async throws {
        try await withTemporaryDirectory { folder in
            try Self.write(Self.secret, to: "\(folder)/one")
            let policy = Self.policy(.file, ["a/One/P": "one", "a/Two/P": "one"])
            let first = try await Self.source(policy, folder).provided()
            #expect(try await Self.source(policy, folder).provided() == first)
            #expect(first["a/one/p"]?.version != first["a/two/p"]?.version)
            let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/secrets.key")[.posixPermissions]
            #expect((mode as? NSNumber)?.intValue == 0o600)
            try Self.write("another", to: "\(folder)/one")
            #expect(try await Self.source(policy, folder).provided()["a/one/p"]?.version != first["a/one/p"]?.version)
            try Self.write(Self.secret, to: "\(folder)/one")
            try FileManager.default.removeItem(atPath: "\(folder)/secrets.key")
            #expect(try await Self.source(policy, folder).provided()["a/one/p"]?.version != first["a/one/p"]?.version)
            try Self.write("short", to: "\(folder)/secrets.key")
            #expect(await Self.error(policy, folder) != nil)
        }
    }

    @Test("a command is run without a shell, with the text of the map in the place of {}")
    func command() async throws {
        try await withTemporaryDirectory { folder in
            try await writeProgram(
                "#!/bin/sh\nprintf '%s|%s\\n' \"$1\" \"$2\"\necho noise >&2\n",
                to: "\(folder)/read"
            )
            let token = "a b; touch \(folder)/owned $(touch \(folder)/owned)"
            let policy = Self.policy(.command, ["a/One/P": token], command: ["./read", "get", "{}"])
            let source = Self.source(policy, folder)
            _ = try await source.provided()
            #expect(await source.value(named: "a/One/P")?.reveal() == "get|\(token)")
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/owned"))
        }
    }

    @Test(
        "a command that fails, hangs, prints too much or nothing is said so, without a word of what it printed",
        .timeLimit(.minutes(5)),
        arguments: [
            ("printf '%s' 'correct horse battery staple'; exit 3", "ended with 3"),
            ("echo 'correct horse battery staple'; sleep 3600", "took longer than 2 s"),
            ("yes 'correct horse battery staple'", "printed more than 65536 bytes"), ("exit 0", "is empty"),
            ("printf '\\377\\376'", "is not UTF-8"),
        ]
    )
    func badCommand(script: String, problem: String) async throws {
        try await withTemporaryDirectory { folder in
            try await writeProgram("#!/bin/sh\n\(script)\n", to: "\(folder)/read")
            let source = Self.source(Self.policy(.command, ["a/One/P": "x"], command: ["./read", "{}"]), folder)
            let provided = try await source.provided()
            #expect(provided.isEmpty)
            let warnings = await source.warnings.joined()
            #expect(warnings.contains(problem), "\(warnings)")
            #expect(!warnings.contains(Self.secret))
        }
    }

    @Test("what is missing stops the run when the policy says so; a map without a provider is an error")
    func missing() async throws {
        try await withTemporaryDirectory { folder in
            var policy = Self.policy(.env, ["a/One/P": "SKERRY_NO_SUCH_VARIABLE"])
            let provided = try await Self.source(policy, folder).provided()
            #expect(provided.isEmpty)
            policy.secrets.onMissing = .fail
            let error = await Self.error(policy, folder)
            #expect(error?.description.contains("SKERRY_NO_SUCH_VARIABLE") == true && error?.exitCode == .policy)
            #expect(await Self.error(Self.policy(.none, ["a/One/P": "X"]), folder) != nil)
            #expect(await Self.error(Self.policy(.command, ["a/One/P": "X"]), folder) != nil)
        }
    }

    private static func error(_ policy: Policy, _ folder: String) async -> SyncRunError? {
        do {
            _ = try await source(policy, folder).provided()
            return nil
        } catch { return error as? SyncRunError }
    }

    @Test("a secret in memory prints as a word, however it is printed")
    func printing() {
        let value = SecretValue(Self.secret)
        var dumped = ""
        dump([value], to: &dumped)
        for text in ["\(value)", "\([value])", String(reflecting: value), dumped, "\(Optional(value) as Any)"] {
            #expect(!text.contains("horse"), "\(text)")
        }
    }
}
