import NIOHTTP1
import Testing

@testable import FrontDoor
@testable import Instances

@Suite("Routes of the front door") struct RoutesTests {
    private func routes(_ texts: [String]) throws -> CurrentRoutes {
        let routes = CurrentRoutes()
        routes.replace(
            try texts.map { .init(name: $0, slug: $0, prefix: try ListenPrefix($0), socket: "/run/\($0)") }
        )
        return routes
    }

    private func listener(isTLS: Bool = false, port: Int = 80) -> FrontDoorPlan.Listener {
        .init(isTLS: isTLS, host: "*", port: port, certificates: [])
    }

    @Test(
        "the host name decides first, then the address, then the longest path on whole segments",
        arguments: [
            ("my-octopus", "10.0.0.1", "/group1", "http://my-octopus/group1"),
            ("my-octopus", "10.0.0.1", "/group1/api", "http://my-octopus/group1"),
            ("my-octopus", "10.0.0.1", "/group10/api", "http://*/"),
            ("my-octopus", "10.0.0.1", "/group1/inner/x", "http://my-octopus/group1/inner"),
            ("other", "10.0.0.1", "/group1/api", "http://*/"),
            ("other", "127.0.0.1", "/group1/api", "http://127.0.0.1/group1"),
            ("my-octopus", "127.0.0.1", "/group1/api", "http://my-octopus/group1"),
            ("other", "127.0.0.1", "/GROUP1/api", "http://*/"),
            ("other", "10.0.0.1", "/", "http://*/"),
        ]
    )
    func lookUp(host: String, address: String, path: String, expected: String) throws {
        let routes = try routes([
            "http://*/", "http://my-octopus/group1", "http://my-octopus/group1/inner", "http://127.0.0.1/group1",
            "http://my-octopus:81/group1", "https://my-octopus:443/group1",
        ])
        let request = RoutedRequest(listener: listener(), localAddress: address, host: host, path: path[...])
        #expect(routes.find(request)?.name == expected)
    }

    @Test("without a route that fits there is none")
    func none() throws {
        let routes = try routes(["http://my-octopus/group1"])
        let request = RoutedRequest(listener: listener(), localAddress: "::1", host: "my-octopus", path: "/group2")
        #expect(routes.find(request) == nil)
    }

    @Test("what a client says of where it comes from is not believed, and what is for one connection stays behind")
    func headers() throws {
        var head = HTTPRequestHead(version: .http1_0, method: .GET, uri: "/group1/api?x=1")
        for (name, value) in [
            ("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-Prefix", "/evil"), ("x-forwarded-proto", "https"),
            ("Connection", "close, X-Hop"), ("X-Hop", "1"), ("Upgrade", "websocket"), ("Host", "my-octopus"),
            ("Cookie", "a=b"),
        ] { head.headers.add(name: name, value: value) }
        let route = FrontDoorPlan.Route(
            name: "a",
            slug: "a",
            prefix: try ListenPrefix("http://my-octopus/group1"),
            socket: "/s"
        )
        let sent = FrontHeaders.request(head, route, address: "10.1.1.1", isTLS: false)
        #expect(sent.uri == "/group1/api?x=1")
        #expect(sent.headers["x-forwarded-for"] == ["10.1.1.1"] && sent.headers["x-forwarded-proto"] == ["http"])
        #expect(sent.headers["x-forwarded-prefix"] == ["/group1"])
        #expect(!sent.headers.contains(name: "x-hop") && !sent.headers.contains(name: "upgrade"))
        #expect(sent.headers["cookie"] == ["a=b"] && sent.headers["host"] == ["my-octopus"])
        #expect(FrontHeaders.host("My-Octopus:8080") == "my-octopus" && FrontHeaders.host("[::1]:80") == "::1")
    }
}
