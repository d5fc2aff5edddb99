import Catalog
import Testing

@testable import APIClient

@Suite("The endpoints that sync may use")
struct EndpointTests {
    @Test(
        "S-113, E-124: nothing that deploys, runs or freezes has an endpoint",
        arguments: [
            "releases", "deployments", "runbookruns", "runbooksnapshots", "tasks", "interruptions", "artifacts",
            "events",
            "deployments/create/untenanted/v1", "releases/create/v1", "runbook-runs", "spaces", "packages", "api",
        ]
    )
    func refused(name: String) {
        #expect(throws: APIError.endpointNotAllowed(name)) {
            try Endpoint.collection(KindName(name), space: "Spaces-1")
        }
        #expect(throws: APIError.endpointNotAllowed(name)) {
            try Endpoint.document(KindName(name), id: "X-1", space: "Spaces-1")
        }
    }

    @Test(
        "E-124: an id cannot lead elsewhere",
        arguments: [
            ("Runbooks-1/run", "/api/Spaces-1/runbooks/Runbooks-1%2frun"),
            ("../releases", "/api/Spaces-1/runbooks/..%2freleases"),
            ("a?b#c", "/api/Spaces-1/runbooks/a%3fb%23c"), ("ü", "/api/Spaces-1/runbooks/%c3%bc"),
        ]
    )
    func escaped(id: String, path: String) throws {
        #expect(try Endpoint.document(.runbooks, id: id, space: "Spaces-1").path == path)
    }

    @Test("an id that is none is refused", arguments: ["", ".", "..", String(repeating: "x", count: 301)])
    func noID(id: String) {
        #expect(throws: APIError.self) { try Endpoint.document(.runbooks, id: id, space: "Spaces-1") }
        #expect(throws: APIError.self) { try Endpoint.collection(.runbooks, space: id) }
    }

    @Test("parts of an owner are asked for by the owner's id")
    func ownedParts() throws {
        #expect(
            try Endpoint.document(.tenantVariables, id: "Tenants-1", space: "Spaces-1").path
                == "/api/Spaces-1/tenants/Tenants-1/variables"
        )
        #expect(throws: APIError.self) { try Endpoint.collection(.tenantVariables, space: "Spaces-1") }
    }
}
