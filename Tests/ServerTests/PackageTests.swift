import AsyncHTTPClient
import Catalog
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import Server

@Suite("Packages of the built-in feed")
struct PackageTests {
    private static let path = "/api/Spaces-1/packages"

    private static func form(_ name: String, _ content: [UInt8], head: String? = nil, tail: String = "\r\n--B--\r\n")
        -> [UInt8]
    {
        let head =
            head ?? "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n"
        return Array(head.utf8) + content + Array(tail.utf8)
    }

    private static let isForm = [("Content-Type", "multipart/form-data; boundary=B")]

    private func push(
        _ server: TestServer,
        _ name: String,
        _ content: [UInt8] = Array("content".utf8),
        query: String = ""
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "\(server.url)\(Self.path)/raw\(query)")
        request.method = .POST
        request.headers.add(name: "X-Octopus-ApiKey", value: TestServer.key)
        for (name, value) in Self.isForm { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: Self.form(name, content)))
        return try await answer(to: request)
    }

    private func expectPush(
        _ server: TestServer,
        _ name: String,
        _ content: [UInt8] = Array("content".utf8),
        query: String = "",
        status: Int,
        at place: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await push(server, name, content, query: query)
        #expect(answer.status == status, "\(answer.text)", sourceLocation: place)
    }

    private func answer(to request: HTTPClientRequest) async throws -> Answer {
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            bytes: Array(body.readableBytesView)
        )
    }

    private func files(_ server: TestServer) throws -> [String] {
        let root = server.home.appending(path: "packages").path
        let all = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        var isFolder: ObjCBool = false
        return all.filter {
            FileManager.default.fileExists(atPath: "\(root)/\($0)", isDirectory: &isFolder) && !isFolder.boolValue
        }
    }

    @Test("a package is pushed, listed, fetched byte for byte and deleted")
    func life() async throws {
        try await TestServer.run { server in
            // Line ends and beginnings of the boundary inside the content are content.
            let content =
                Array("\r\n--\r\n--A\r\n-\r\r\n".utf8) + (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
            let pushed = try await push(server, "Acme.Web.1.2.3.zip", content)
            #expect(pushed.status == 201, "\(pushed.text)")
            #expect(pushed.json["Id"] == "packages-Acme.Web.1.2.3")
            #expect(pushed.json["PackageSizeBytes"] == .int(content.count))
            #expect(pushed.json["ReleaseNotes"] == .null)
            #expect(pushed.json["FeedId"] == "feeds-builtin")
            for id in ["packages-Acme.Web.1.2.3", "Acme.Web.1.2.3", "acme.web.1.2.3"] {
                #expect(try await server.get("\(Self.path)/\(id)/raw").bytes == content)
                #expect(try await server.get("\(Self.path)/\(id)").json["Version"] == "1.2.3")
            }
            #expect(try await server.get("/api/Spaces-1/feeds/stats").json["TotalPackages"] == 1)
            #expect(try files(server).count == 1)
            #expect(try await server.delete("\(Self.path)/packages-Acme.Web.1.2.3").status == 200)
            #expect(try await server.get("\(Self.path)/Acme.Web.1.2.3").status == 404)
            #expect(try files(server) == [])
        }
    }

    @Test("a package that exists is refused, left or replaced, as the client says")
    func overwriting() async throws {
        try await TestServer.run { server in
            try await expectPush(server, "Web.1.0.zip", status: 201)
            let refused = try await push(server, "Web.1.0.zip", [1])
            #expect(refused.status == 409)
            #expect(!refused.errors.isEmpty)
            try await expectPush(server, "Web.1.0.zip", [1], query: "?replace=false", status: 409)
            let ignored = try await push(server, "Web.1.0.zip", [1], query: "?overwriteMode=IgnoreIfExists")
            #expect(ignored.status == 200)
            #expect(ignored.json["PackageSizeBytes"] == 7)
            #expect(try await server.get("\(Self.path)/Web.1.0/raw").text == "content")
            try await expectPush(server, "Web.1.0.zip", [1], query: "?overwriteMode=OverwriteExisting", status: 201)
            #expect(try await server.get("\(Self.path)/Web.1.0/raw").bytes == [1])
            try await expectPush(server, "Web.1.0.zip", [2], query: "?replace=true", status: 201)
            #expect(try files(server).count == 1)
            try await expectPush(server, "Web.1.0.zip", query: "?overwriteMode=Perhaps", status: 400)
        }
    }

    @Test("equal files are kept once, and stay until the last package with them is gone")
    func shared() async throws {
        try await TestServer.run { server in
            for name in ["A.1.0.zip", "B.1.0.zip"] { try await expectPush(server, name, status: 201) }
            #expect(try files(server).count == 1)
            #expect(try await server.delete("\(Self.path)/bulk?ids=packages-A.1.0,packages-Absent.1").status == 200)
            #expect(try await server.get("\(Self.path)/B.1.0/raw").text == "content")
            #expect(try await server.delete("\(Self.path)/B.1.0").status == 200)
            #expect(try files(server) == [])
        }
    }

    @Test("forms are read as leniently as clients write them")
    func lenient() async throws {
        try await TestServer.run { server in
            let head = "\r\n--B\r\ncontent-disposition: form-data; name=file; filename=Odd.1.0.zip\r\n\r\n"
            var request = HTTPClientRequest(url: "\(server.url)\(Self.path)/raw")
            request.method = .POST
            request.headers.add(name: "X-Octopus-ApiKey", value: TestServer.key)
            request.headers.add(name: "Content-Type", value: "multipart/form-data; boundary=\"B\"")
            // Chunked, and cut in the middle of everything.
            let bytes = Self.form("", Array("odd".utf8), head: head)
            let chunks = bytes.map { ByteBuffer(bytes: [$0]) }
            request.body = .stream(chunks.async, length: .unknown)
            let pushed = try await answer(to: request)
            #expect(pushed.status == 201, "\(pushed.text)")
            #expect(try await server.get("\(Self.path)/Odd.1.0/raw").text == "odd")
        }
    }

    @Test(
        "what is no package leaves nothing behind",
        arguments: ["Web.zip", "Web.1.0.exe", "..%2f..%2fx", "-.zip"]
    )
    func badName(name: String) async throws {
        try await TestServer.run { server in
            try await expectPush(server, name, status: 400)
            #expect(try files(server) == [])
        }
    }

    @Test("an upload that ends before the file does leaves nothing behind")
    func halfUpload() async throws {
        try await TestServer.run { server in
            var request = HTTPClientRequest(url: "\(server.url)\(Self.path)/raw")
            request.method = .POST
            request.headers.add(name: "X-Octopus-ApiKey", value: TestServer.key)
            for (name, value) in Self.isForm { request.headers.add(name: name, value: value) }
            request.body = .bytes(ByteBuffer(bytes: Self.form("Web.1.0.zip", [1, 2, 3], tail: "")))
            let refused = try await answer(to: request)
            #expect(refused.status == 400)
            #expect(try await server.get("\(Self.path)/Web.1.0").status == 404)
            #expect(try files(server) == [])
        }
    }

    @Test("a package over the limit is refused, while larger bodies than others may have are fine")
    func limits() async throws {
        var limits = ServerConfiguration.Limits()
        limits.bodyBytes = 100_000
        limits.packageBytes = 1_000_000
        try await TestServer.run(limits: limits) { server in
            try await expectPush(server, "Fits.1.0.zip", Array(repeating: 7, count: 1_000_000), status: 201)
            let refused = try await push(server, "Large.1.0.zip", Array(repeating: 7, count: 1_000_001))
            #expect(refused.status == 413)
            #expect(try await server.get("\(Self.path)/Large.1.0").status == 404)
        }
    }

    @Test("a start removes half uploads and files that no package names, and keeps the others")
    func cleanStart() async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "packages-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        let files = PackageFiles(root: root)
        try files.prepare(keeping: [])
        let upload = try files.begin(limit: 100)
        try upload.append(UnsafeRawBufferPointer(start: nil, count: 0))
        let kept = try upload.finish()
        try files.publish(kept)
        _ = FileManager.default.createFile(atPath: "\(root)/uploads/half.part", contents: Data([1]))
        _ = FileManager.default.createFile(
            atPath: "\(root)/content/\(kept.sha256.prefix(2))/orphan",
            contents: Data([1])
        )
        try files.prepare(keeping: [kept.sha256])
        #expect(FileManager.default.fileExists(atPath: files.path(of: kept.sha256)))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(root)/uploads") == [])
        let folder = "\(root)/content/\(kept.sha256.prefix(2))"
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [kept.sha256])
    }

    @Test("the feed is searched by name, and its versions by range, tag and text, newest first")
    func search() async throws {
        try await TestServer.run { server in
            for name in ["Web.1.0.0.zip", "Web.1.10.0.zip", "Web.1.9.0.zip", "Web.2.0.0-rc.1.zip", "Api.3.0.zip"] {
                try await expectPush(server, name, Array(name.utf8), status: 201)
            }
            let feed = "/api/Spaces-1/feeds/feeds-builtin/packages"
            let found = try await server.get("\(feed)/search?term=we").json
            #expect(found["Items"]?.arrayValue?.map { $0["LatestVersion"] } == ["2.0.0-rc.1"])
            func versions(_ query: String) async throws -> [String] {
                let page = try await server.get("\(feed)/versions?packageId=web\(query)").json
                return page["Items"]?.arrayValue?.compactMap { $0["Version"]?.stringValue } ?? []
            }
            #expect(try await versions("") == ["2.0.0-rc.1", "1.10.0", "1.9.0", "1.0.0"])
            #expect(try await versions("&includePreRelease=false&take=1") == ["1.10.0"])
            #expect(try await versions("&versionRange=%5B1.9%2C2.0)") == ["2.0.0-rc.1", "1.10.0", "1.9.0"])
            #expect(try await versions("&preReleaseTag=%5Erc") == ["2.0.0-rc.1"])
            #expect(try await versions("&filter=9") == ["1.9.0"])
            let latest = try await server.get("\(Self.path)?latest=true").json
            #expect(latest["Items"]?.arrayValue?.map { $0["Version"] } == ["3.0", "2.0.0-rc.1"])
            #expect(try await server.get("\(Self.path)?nuGetPackageId=Web").json["TotalResults"] == 4)
            #expect(try await server.get("\(Self.path)?filter=&take=2").json["TotalResults"] == 5)
            #expect(try await server.get("\(Self.path)?filter=a&nuGetPackageId=b").status == 400)
            #expect(try await server.get("\(Self.path)/Web/1.0.0/delta-signature").status == 404)
        }
    }
}

extension Array where Element: Sendable {
    /// One element after the other.
    fileprivate var async: AsyncStream<Element> {
        AsyncStream { continuation in
            for element in self { continuation.yield(element) }
            continuation.finish()
        }
    }
}
