import Catalog
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Server

@Suite("Limits")
struct LimitTests {
    @Test("A body of 100 MB is refused with 413 before it was read")
    func bodySize() async throws {
        try await TestServer.run { server in
            let received = ReceivedText()
            let channel = try await Self.connect(server.url, received)
            // Sent to the end, as by a client that does not look at the answer before.
            try await channel.writeAndFlush(
                ByteBuffer(
                    string:
                        "POST /api/environments HTTP/1.1\r\nHost: x\r\nX-Octopus-ApiKey: \(TestServer.key)\r\n"
                        + "Content-Length: \(100 << 20)\r\n\r\n"
                )
            )
            let chunk = ByteBuffer(repeating: 0x20, count: 1 << 20)
            // On a machine that is busy the server may stop waiting for the rest.
            for _ in 0..<100 where (try? await channel.writeAndFlush(chunk)) == nil { break }
            try await channel.closeFuture.get()
            #expect(received.text.hasPrefix("HTTP/1.1 413"))
            #expect(received.text.contains("16777216"))
            #expect(try await server.get("/api/environments").status == 200)
        }
    }

    @Test("JSON nested 10,000 deep is refused")
    func depth() async throws {
        try await TestServer.run { server in
            let text = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
            let answer = try await server.send(.POST, "/api/environments", bytes: Array("{\"Name\":\(text)}".utf8))
            #expect(answer.status == 400)
            #expect(answer.errors.contains("nested"))
        }
    }

    @Test("A name of 10,000 characters is refused by name")
    func nameLength() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/api/environments",
                ["Name": .string(String(repeating: "x", count: 10_000))]
            )
            #expect(answer.status == 400)
            #expect(answer.errors.contains("Name"))
        }
    }

    @Test("What is no JSON object is refused", arguments: ["", "[]", "nonsense", "{\"Name\":", "\"text\"", "{} {}"])
    func notJSON(text: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.send(.POST, "/api/environments", bytes: Array(text.utf8))
            #expect(answer.status == 400)
            #expect(!answer.errors.isEmpty)
        }
    }

    @Test("Headers that are too large or too many are 431, a long address is 414")
    func headers() async throws {
        try await TestServer.run { server in
            let large = try await server.get("/api", headers: [("X-Large", String(repeating: "a", count: 100_000))])
            #expect(large.status == 431)
            #expect(!large.errors.isEmpty)
            let many = try await server.get("/api", headers: (0..<200).map { ("X-\($0)", "1") })
            #expect(many.status == 431)
            let long = try await server.get("/api/environments?ids=" + String(repeating: "a", count: 20_000))
            #expect(long.status == 414)
        }
    }

    @Test("Everything may be asked for at once, and nothing")
    func pageSizes() async throws {
        try await TestServer.run { server in
            for number in 1...35 { _ = try await server.create("environments", ["Name": .string("E\(number)")]) }
            let all = try await server.get("/api/environments?skip=0&take=2147483647").json
            #expect(all["Items"]?.arrayValue?.count == 35)
            let none = try await server.get("/api/environments?take=0").json
            #expect(none["Items"] == [])
            #expect(none["TotalResults"] == 35)
            #expect(none["Links"]?["Page.Next"] == nil)
            let usual = try await server.get("/api/environments").json
            #expect(usual["Items"]?.arrayValue?.count == 30)
            #expect(try await server.get("/api/environments?take=-1").status == 400)
        }
    }

    @Test("Pages lead on with the caller's filters, until the last one")
    func pageLinks() async throws {
        try await TestServer.run { server in
            for number in 1...7 { _ = try await server.create("environments", ["Name": .string("Blue \(number)")]) }
            _ = try await server.create("environments", ["Name": "Green"])
            var names: [String] = []
            var next: String? = "/api/Spaces-1/environments?partialName=blue&take=3"
            var pages = 0
            while let path = next {
                let page = try await server.get(path).json
                pages += 1
                #expect(page["TotalResults"] == 7)
                #expect(page["NumberOfPages"] == 3)
                #expect(page["LastPageNumber"] == 2)
                names += page["Items"]?.arrayValue?.compactMap { $0["Name"]?.stringValue } ?? []
                next = page["Links"]?["Page.Next"]?.stringValue
                #expect(next?.contains("&partialName=blue") ?? true)
            }
            #expect(pages == 3)
            #expect(names == (1...7).map { "Blue \($0)" })
            let ids = try await server.get("/api/environments?ids=Environments-1%2Cenvironments-8&ids=Environments-3")
                .json
            #expect(ids["TotalResults"] == 3)
        }
    }

    @Test("A client that sends its headers slowly is cut off", .timeLimit(.minutes(5)))
    func slowHeaders() async throws {
        var limits = ServerConfiguration.Limits()
        // What this test is not about never happens.
        (limits.bodyTimeout, limits.responseTimeout, limits.idleTimeout) = (
            .seconds(3600), .seconds(3600), .seconds(3600)
        )
        limits.headerTimeout = .milliseconds(300)
        try await TestServer.run(limits: limits) { server in
            let channel = try await Self.connect(server.url)
            // On a busy machine the time may be over before the first byte went.
            _ = try? await channel.writeAndFlush(ByteBuffer(string: "GET /api HTTP/1.1\r\nHost: x\r\n"))
            try await channel.closeFuture.get()
        }
    }

    @Test("A client that sends its body slowly is cut off")
    func slowBody() async throws {
        var limits = ServerConfiguration.Limits()
        limits.bodyTimeout = .milliseconds(300)
        try await TestServer.run(limits: limits) { server in
            let channel = try await Self.connect(server.url)
            try await channel.writeAndFlush(
                ByteBuffer(
                    string:
                        "POST /api/environments HTTP/1.1\r\nHost: x\r\nX-Octopus-ApiKey: \(TestServer.key)\r\n"
                        + "Content-Length: 1000\r\n\r\n{"
                )
            )
            try await channel.closeFuture.get()
            #expect(try await server.get("/api/environments").json["TotalResults"] == 0)
        }
    }

    @Test("A connection without requests is closed after a while")
    func idle() async throws {
        var limits = ServerConfiguration.Limits()
        limits.idleTimeout = .milliseconds(300)
        try await TestServer.run(limits: limits) { server in
            let channel = try await Self.connect(server.url)
            _ = try? await channel.writeAndFlush(ByteBuffer(string: "GET /api HTTP/1.1\r\nHost: x\r\n\r\n"))
            try await channel.closeFuture.get()
        }
    }

    @Test("What is no HTTP is answered with 400 and JSON")
    func notHTTP() async throws {
        try await TestServer.run { server in
            let received = ReceivedText()
            let channel = try await Self.connect(server.url, received)
            try await channel.writeAndFlush(ByteBuffer(string: "NONSENSE\r\n\r\n"))
            try await channel.closeFuture.get()
            #expect(received.text.hasPrefix("HTTP/1.1 400"))
            #expect(received.text.contains("ErrorMessage"))
        }
    }

    private static func connect(_ url: String, _ received: ReceivedText = ReceivedText()) async throws -> any Channel {
        let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(received))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let received: ReceivedText

        init(_ received: ReceivedText) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.append(String(buffer: unwrapInboundIn(data)))
        }
    }
}
