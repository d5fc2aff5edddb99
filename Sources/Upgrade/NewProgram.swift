import Catalog
import Foundation
import Instances
import Subprocess
import SystemPackage

/// The program of a version that is not in use yet, and what it says of itself and of the instances.
struct NewProgram: Sendable {
    let path: String

    /// What the new version says of one instance.
    struct Verdict: Sendable, Hashable {
        var kind: InstanceKind
        var slug: String
        var problem: String?
        var pending: Int
    }

    func version() async throws -> String {
        let answer = try await ask(["version", "--json"])
        guard let version = answer["data"]?["Version"]?.stringValue, InstalledVersions.isName(version) else {
            throw UpgradeError.step("ask \(path) for its version", reason: "its answer cannot be understood")
        }
        return version
    }

    /// Whether it could run every instance; it changes nothing.
    func selftest() async throws -> [Verdict] {
        let answer = try await ask(["selftest", "--json"], mayFail: true)
        guard let rows = answer["data"]?.arrayValue else {
            let reason = answer["message"]?.stringValue ?? "its answer cannot be understood"
            throw UpgradeError.step("let \(path) look at the instances", reason: reason)
        }
        return rows.compactMap { row in
            guard let kind = row["kind"]?.stringValue.flatMap(InstanceKind.init), let slug = row["slug"]?.stringValue
            else { return nil }
            return Verdict(
                kind: kind,
                slug: slug,
                problem: row["problem"]?.stringValue,
                pending: row["pending"]?.intValue ?? 0
            )
        }
    }

    /// Brings the database of a stopped instance up to date.
    func migrate(_ slug: String) async throws { _ = try await ask(["migrate", "--json", "--instance", slug]) }

    private func ask(_ arguments: [String], mayFail: Bool = false) async throws -> JSON {
        let what = "\(path) \(arguments[0])"
        let result: ExecutionResult<Void, StringOutput<UTF8>, StringOutput<UTF8>>
        do {
            result = try await Subprocess.run(
                .path(FilePath(path)),
                arguments: Arguments(arguments),
                workingDirectory: "/",
                output: .string(limit: 4 << 20),
                error: .string(limit: 1 << 16)
            )
        } catch {
            throw UpgradeError.step("run \(what)", reason: "\(error)".trimmingCharacters(in: ["."]))
        }
        let answer = try? JSON.parse(Array(result.standardOutput.utf8))
        guard let answer, mayFail || result.terminationStatus.isSuccess else {
            let words = answer?["message"]?.stringValue ?? result.standardError
            throw UpgradeError.step(
                "run \(what)",
                reason:
                    "it ended (\(result.terminationStatus)) \(words.trimmingCharacters(in: .whitespacesAndNewlines))"
            )
        }
        return answer
    }
}
