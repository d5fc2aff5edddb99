import AsyncHTTPClient
import Catalog
import NIOCore
import NIOHTTP1
import Testing

@testable import Server

@Suite("Server documents")
struct ServerDocumentTests {
    /// What a client that downloads everything asks for.
    private static let ofServer = [
        "authentication", "configuration", "configuration/certificates", "communityactiontemplates",
        "externalsecuritygroupproviders", "featuresconfiguration", "letsencryptconfiguration",
        "licenses/licenses-current", "licenses/licenses-current-status", "maintenanceconfiguration",
        "octopusservernodes", "performanceconfiguration", "permissions/all", "scheduler", "serverconfiguration",
        "serverconfiguration/settings", "serverstatus", "smtpconfiguration", "smtpconfiguration/isconfigured",
        "upgradeconfiguration", "spaces", "users", "userroles", "teams", "scopeduserroles",
        "configuration/feature-toggles",
        "users/Users-1/permissions", "users/Users-1/permissions/configuration", "users/Users-1/teams",
        "users/Users-1/apikeys", "serverstatus/timezones", "serverstatus/counts",
    ]
    private static let ofSpace = [
        "accounts", "actiontemplates", "artifacts", "build-information", "certificates", "channels", "dashboard",
        "dashboard/dynamic", "dashboardconfiguration", "deploymentprocesses", "deployments", "environments", "feeds",
        "interruptions", "libraryvariablesets", "lifecycles", "machinepolicies", "machineroles/all", "machines",
        "packages", "projectgroups", "projects", "projecttriggers", "proxies", "releases", "runbookProcesses",
        "runbookSnapshots", "runbooks", "subscriptions", "tagsets", "tasks", "tenants", "tenantvariables/all",
        "useronboarding", "variables/all", "variables/names", "workerpools", "workers", "environments/summary",
        "workerpools/summary", "feeds/stats", "retentionpolicies?RetentionType=RunbookRetention", "",
    ]

    @Test("Everything that a client downloads is answered with JSON")
    func downloads() async throws {
        try await TestServer.run { server in
            let paths = Self.ofServer.map { "/api/\($0)" } + Self.ofSpace.map { "/api/Spaces-1/\($0)" }
            for path in paths {
                let answer = try await server.get(path + (path.contains("?") ? "&" : "?") + "skip=0&take=2147483647")
                #expect(answer.status == 200, "\(path): \(answer.text)")
                #expect(!answer.json.isNull, "\(path)")
            }
        }
    }

    @Test(
        "What Skerry does not make yet is refused in words",
        arguments: ["releases", "deployments", "tasks"]
    )
    func notYet(path: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/api/Spaces-1/\(path)", [:])
            #expect(answer.status >= 400)
            #expect(answer.json["ErrorMessage"]?.stringValue?.contains("not supported yet") == true)
        }
    }

    @Test("The node is found at its link, and the server says what it takes of the machine")
    func node() async throws {
        try await TestServer.run { server in
            let nodes = try await server.get("/api/octopusservernodes").json["Items"]
            let address = try #require(nodes?[0]?["Links"]?["Self"]?.stringValue)
            #expect(try await server.get(address).json == nodes?[0])
            #expect(try await server.get("/api/octopusservernodes/OctopusServerNodes-x").status == 404)
            let info = try await server.get("/api/serverstatus/system-info").json
            #expect((info["WorkingSetBytes"]?.intValue ?? 0) > 1 << 20)
            #expect((info["ThreadCount"]?.intValue ?? 0) > 1)
            #expect(info["Uptime"]?.stringValue?.wholeMatch(of: /(\d+\.)?\d\d:\d\d:\d\d/) != nil)
        }
    }

    @Test("A running time of days has the form of the contract")
    func uptime() {
        let now = ProcessFigures.started + .seconds(4 * 86_400 + 3_600 + 62)
        #expect(ProcessFigures.uptime(now) == "4.01:01:02")
        #expect(ProcessFigures(status: "Name:\tx\nVmRSS:\t  12 kB\nThreads:\t9\n").residentBytes == 12_288)
    }

    @Test("The memberships of a user name team and user")
    func membership() async throws {
        try await TestServer.run { server in
            let list = try await server.get("/api/teammembership?userId=Users-1").json
            let team = list.arrayValue?.first { $0["TeamId"] == "teams-administrators" }
            #expect(team?["UserId"] == "Users-1")
            #expect(team?["IsDirectlyAssigned"] == true)
            #expect(team?["TeamName"]?.stringValue?.isEmpty == false)
        }
    }

    @Test("A team may have one role in several scopes")
    func scopes() async throws {
        try await TestServer.run { server in
            let team = try await server.create("teams", ["Name": "Deployers", "SpaceId": "Spaces-1"])
            for name in ["Test", "Production"] {
                let environment = try await server.create("environments", ["Name": .string(name)])
                _ = try await server.create(
                    "scopeduserroles",
                    [
                        "UserRoleId": "userroles-projectdeployer", "TeamId": team.member("Id"), "SpaceId": "Spaces-1",
                        "EnvironmentIds": [environment.member("Id")],
                    ]
                )
            }
            let path = try #require(team["Id"]?.stringValue)
            #expect(try await server.get("/api/teams/\(path)/scopeduserroles").json["TotalResults"] == 2)
        }
    }

    @Test("The permissions are those of the contract, each with what it can be restricted to")
    func permissions() {
        let list = PermissionList.standard
        #expect(list.permissions.count == Set(list.permissions.map(\.name)).count)
        #expect(list["ProjectView"]?.restrictions == ["projects", "tenants"])
        #expect(list["ProjectGroupView"]?.text == "View project group")
        #expect(list["AdministerSystem"]?.appliesToSpaces == false)
        #expect(list.systemNames.contains("TeamView") && list.spaceNames.contains("TeamView"))
    }

    @Test("Built-in roles and teams stay")
    func builtIn() async throws {
        try await TestServer.run { server in
            #expect(try await server.delete("/api/userroles/userroles-spacemanager").status == 400)
            #expect(try await server.delete("/api/teams/teams-everyone").status == 400)
            var everyone = try await server.get("/api/teams/teams-everyone").json
            #expect(everyone["CanBeDeleted"] == false)
            everyone["MemberUserIds"] = ["Users-1"]
            #expect(try await server.put("/api/teams/teams-everyone", everyone).status == 400)
        }
    }
}

@Suite("Logos")
struct LogoTests {
    static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0]

    /// Sends a file as one client writes it: a line end first, and parameters without quotes.
    private func upload(_ file: [UInt8], _ method: HTTPMethod, _ url: String) async throws -> Int {
        let body =
            Array("\r\n--xyz\r\nContent-Disposition: form-data; name=file; filename=logo.png\r\n\r\n".utf8) + file
            + Array("\r\n--xyz--\r\n".utf8)
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "X-Octopus-ApiKey", value: TestServer.key)
        request.headers.add(name: "Content-Type", value: "multipart/form-data; boundary=xyz")
        request.body = .bytes(ByteBuffer(bytes: body))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        _ = try await response.body.collect(upTo: 1 << 20)
        return Int(response.status.code)
    }

    @Test("A document without a logo has a picture all the same")
    func standard() async throws {
        try await TestServer.run { server in
            let project = try await server.createProject()
            let link = try #require(project["Links"]?["Logo"]?.stringValue)
            #expect(link.contains("?cb="))
            let answer = try await server.get(link)
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "Content-Type") == "image/svg+xml")
            #expect(answer.text.contains(">L</text>"))
        }
    }

    @Test("An uploaded logo is served as it is, and 304 to who has it; its link changes")
    func upload() async throws {
        try await TestServer.run { server in
            let before = try await server.createProject()["Links"]?["Logo"]
            let path = "/api/Spaces-1/projects/Projects-1/logo"
            #expect(try await upload(Self.png, .POST, server.url + path) == 200)
            let answer = try await server.get(path)
            #expect(answer.bytes == Self.png)
            #expect(answer.headers.first(name: "Content-Type") == "image/png")
            let tag = try #require(answer.headers.first(name: "ETag"))
            #expect(try await server.get(path, headers: [("If-None-Match", tag)]).status == 304)
            #expect(try await server.get("/api/Spaces-1/projects/Projects-1").json["Links"]?["Logo"] != before)
        }
    }

    @Test("What is no image is refused")
    func noImage() async throws {
        try await TestServer.run { server in
            _ = try await server.createProject()
            let url = server.url + "/api/Spaces-1/projects/Projects-1/logo"
            #expect(try await upload(Array("<html>".utf8), .PUT, url) == 400)
        }
    }

    @Test(
        "Images are known by their first bytes",
        arguments: [
            ("<svg xmlns='x'/>", ImageFormat.svg), ("<?xml version='1.0'?><!-- a --> <svg>", .svg), ("<svgx/>", nil),
            ("<html><svg/></html>", nil), ("", nil),
        ]
    )
    func sniffing(text: String, format: ImageFormat?) {
        #expect(ImageFormat(sniffing: Array(text.utf8)) == format)
    }
}
