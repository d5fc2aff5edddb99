import APIClient
import Catalog
import TestSupport
import Testing

/// Real projects and step templates, loaded by a tool that knows nothing of Skerry.
@Suite("Filling a server with real data", .enabled(if: Shared.exists, "needs ../shared"))
struct FillTests {
    @Test("a hundred projects go in without a refused request, and are all found by a second run")
    func twice() async throws {
        try await withTemporaryDirectoryServer { server in
            let first = try await Shared.fill(server, projects: 100, tenants: 50, templates: 100)
            #expect(first.exitCode == 0, "\(first.standardOutput)\(first.standardError)")
            #expect(try await server.client.list(.projects).count == 100)
            #expect(try await server.client.list(.tenants).count == 50)
            #expect(try await server.client.list(.stepTemplates).count == 100)
            let second = try await Shared.fill(server, projects: 100, tenants: 50, templates: 100)
            #expect(second.exitCode == 0, "\(second.standardOutput)\(second.standardError)")
            #expect(try await server.client.list(.projects).count == 100)
            #expect(try await server.client.list(.tenants).count == 50)
        }
    }
}
