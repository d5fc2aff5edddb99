import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Instances

@Suite("What the front door serves") struct FrontDoorPlanTests {
    private func withServers(_ addresses: [String], _ body: (InstanceRegistry) throws -> Void) async throws {
        try await withTemporaryDirectory { root in
            let paths = try InstancePaths(environment: ["SKERRY_ROOT": root], userID: 1, homeDirectory: "/nowhere")
            let registry = InstanceRegistry(paths: paths)
            for (index, address) in addresses.enumerated() {
                let record = try registry.create(InstanceCreation(name: "s\(index)"))
                var changes = ConfigurationChanges()
                changes.allowPlainHTTP = true
                changes.webListenPrefixes = try ListenPrefix.list(address)
                _ = try registry.configure(record, changes)
            }
            try body(registry)
        }
    }

    @Test("an address is shared when it has a path or its port is another's too; one that is alone is not")
    func shared() async throws {
        let port = try freePort()
        let other = try freePort()
        try await withServers([
            "http://127.0.0.1:\(other)", "http://my-octopus:\(port)/group1", "http://my-octopus:\(port)/group2",
            "http://test-octopus:\(port)",
        ]) { registry in
            let plan = try registry.frontDoorPlan()
            #expect(plan.routes.map(\.slug) == ["s1", "s2", "s3"])
            #expect(plan.listeners.map(\.url) == ["http://*:\(port)"])
            #expect(try registry.sharedPrefixes(of: try registry.records()[0]).isEmpty)
        }
    }

    @Test(
        "I-24, I-25: addresses that nothing tells apart are refused, with the name of who has them",
        arguments: [
            ("http://my-octopus:81/group1", "http://my-octopus:81/group1/", true),
            ("http://my-octopus:81/group1", "https://my-octopus:81/group2", true),
            ("http://127.0.0.1:81/", "http://127.0.0.1:81/", true),
            ("http://0.0.0.0:81/", "http://127.0.0.1:81/", true),
            ("http://127.0.0.1:81/a", "http://localhost:81/a", true),
            ("http://my-octopus:81/group1", "http://my-octopus:81/group10", false),
            ("http://my-octopus:81/", "http://test-octopus:81/", false),
            ("http://*:81/", "http://test-octopus:81/", false),
            ("http://127.0.0.1:81/", "http://127.0.0.1:81/group1", false),
            ("http://127.0.0.1:81/", "http://127.0.0.1:82/", false),
        ]
    )
    func collisions(one: String, other: String, collide: Bool) throws {
        let one = try ListenPrefix(one)
        let other = try ListenPrefix(other)
        #expect(one.collides(with: other) == collide)
        #expect(other.collides(with: one) == collide)
    }

    @Test("a single address and all addresses of one port are one listener")
    func listeners() async throws {
        let port = try freePort()
        try await withServers(["http://127.0.0.1:\(port)/a", "http://*:\(port)/b", "http://127.0.0.1:\(port)/c"]) {
            let hosts = try $0.frontDoorPlan().listeners.map(\.host)
            #expect(hosts == ["*"])
        }
        try await withServers(["http://127.0.0.1:\(port)/a", "http://127.0.0.1:\(port)/c"]) {
            let hosts = try $0.frontDoorPlan().listeners.map(\.host)
            #expect(hosts == ["127.0.0.1"])
        }
    }

    @Test("a socket can be made at a path of any length", arguments: [90, 102, 103, 104, 107, 108, 109, 200])
    func socketPlace(length: Int) async throws {
        try await withTemporaryDirectory { folder in
            let folder = folder + "/" + String(repeating: "d", count: max(length - folder.utf8.count - 3, 1))
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let place = try SocketPlace("\(folder)/s")
            _ = try SocketAddress(unixDomainSocketPath: place.path)
            #expect(FileManager.default.createFile(atPath: place.path, contents: nil))
            #expect(FileManager.default.fileExists(atPath: "\(folder)/s"))
        }
    }
}
