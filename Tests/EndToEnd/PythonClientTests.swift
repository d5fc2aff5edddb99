import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// An unmodified client of the API that Skerry speaks: octopus-python-client 2.9.6 from PyPI, installed by
/// `Scripts/test`.
@Suite(
    "octopus-python-client",
    .enabled(if: PythonClient.path != nil && Shared.exists, "needs Scripts/test and ../shared")
)
struct PythonClientTests {
    @Test("downloads the filled space, and the files hold what was put in")
    func download() async throws {
        let python = try #require(PythonClient.path)
        try await withTemporaryDirectoryServer { server in
            let filled = try await Shared.fill(server, projects: 11, tenants: 5, templates: 20)
            try #require(filled.exitCode == 0, "\(filled.standardError)")
            try await withTemporaryDirectory { folder in
                let launcher = "\(folder)/launch.py"
                try PythonClient.launcher.write(toFile: launcher, atomically: true, encoding: .utf8)
                let result = try await runProcess(
                    python,
                    [
                        launcher, "-a", "get_spaces", "-o", "\(server.address)/api/", "-k",
                        server.key, "-sps", "Default", "-d", folder, "-m", "false", "-ns",
                    ],
                    // Where it writes its log.
                    workingDirectory: folder,
                    limit: .seconds(300)
                )
                #expect(
                    result.exitCode == 0,
                    "\(result.standardOutput.suffix(2000))\(result.standardError.suffix(4000))"
                )
                try await expectFiles(in: folder, of: server)
            }
        }
    }

    private func expectFiles(
        in folder: String,
        of server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let texts = try PythonClient.files(in: folder)
        for kind in [KindName.projects, .environments, .tenants, .stepTemplates, .lifecycles] {
            let all = try #require(
                texts.first { $0.key.hasSuffix("_\(kind.rawValue).yaml") },
                "no file of all \(kind) in \(texts.keys)"
            )
            for document in try await server.client.list(kind) {
                let id = document["Id"]?.stringValue ?? ""
                #expect(all.value.contains("Id: \(id)\n"), "\(kind) \(id) is missing in \(all.key)")
            }
        }
        #expect(texts.values.contains { $0.contains("Database=#{Application.Database.Name}") })
    }
}

enum PythonClient {
    /// Runs the client as it is. At its start it asks PyPI for its own newest version, which a test must not depend on:
    /// that one question is answered here.
    static let launcher = """
        import requests, runpy
        ask = requests.get
        def get(url, *arguments, **options):
            if "pypi" not in url:
                return ask(url, *arguments, **options)
            answer = requests.Response()
            answer.status_code = 404
            return answer
        requests.get = get
        runpy.run_module("octopus_python_client.main", run_name="__main__")
        """

    static let path = ProcessInfo.processInfo.environment["SKERRY_PYTHON_CLIENT"]

    /// All YAML files below a folder, by their path.
    static func files(in folder: String) throws -> [String: String] {
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return Dictionary(
            uniqueKeysWithValues: try paths.filter { $0.hasSuffix(".yaml") }.map { path in
                (path, try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8))
            }
        )
    }
}
