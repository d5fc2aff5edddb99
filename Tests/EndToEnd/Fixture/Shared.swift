import Foundation
import TestSupport

/// The folder beside the project that holds real projects, step templates and the tools that load them. It is not part
/// of the repository; tests that need it are disabled where it is absent.
enum Shared {
    static let folder = "\(BuiltProducts.packageRoot)/../shared"
    static let fillScript = "\(folder)/tools/fill.py"
    static var exists: Bool { FileManager.default.fileExists(atPath: fillScript) }

    /// Fills a server with real data, and answers what the tool says about it.
    static func fill(
        _ server: TestServer,
        projects: Int,
        tenants: Int,
        templates: Int,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> FinishedProcess {
        try await runPython([
            fillScript, "--url", server.address, "--api-key", server.key, "--projects", String(projects), "--tenants",
            String(tenants), "--templates", String(templates),
        ])
    }
}
