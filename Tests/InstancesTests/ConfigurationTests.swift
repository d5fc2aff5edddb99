import Catalog
import Testing

@testable import Instances

@Suite struct ConfigurationTests {
    private let valid: JSON = [
        "version": 1, "home": "/srv/a", "webListenPrefixes": ["http://127.0.0.1:8065/"], "allowPlainHTTP": false,
    ]

    @Test(
        "A wrong setting is named, with what was expected",
        arguments: [
            ("webListenPrefix", ["http://127.0.0.1:1/"], "webListenPrefix: is no setting"),
            ("version", 2, "version: 2 is not known"), ("home", "relative", "absolute"),
            ("home", 7, "home: expected a string"),
            ("webListenPrefixes", [], "at least one"),
            ("webListenPrefixes", "http://127.0.0.1:1/", "expected a list"),
            ("webListenPrefixes", ["http://127.0.0.1:65536/"], "1 to 65535"),
            ("webListenPrefixes", ["http://127.0.0.1:-1/"], "1 to 65535"),
            ("webListenPrefixes", ["ftp://127.0.0.1/"], "http://"),
            ("webListenPrefixes", ["http://127.0.0.1:80/a//b"], "a path is made of"),
            ("webListenPrefixes", ["http://127.0.0.1:80/api"], "a path is made of"),
            ("webListenPrefixes", ["http://127.0.0.1:0/group1"], "a path needs a port"),
            ("webListenPrefixes", ["http://127.0.0.1:80/", "http://127.0.0.1/"], "twice"),
            ("webListenPrefixes", ["http://127.0.0.1:80/", "http://localhost:80/"], "cannot both"),
            ("webListenPrefixes", ["http://0.0.0.0:80/"], "--allowPlainHTTP"),
            ("webListenPrefixes", ["http://deploy.example.com:80/"], "--allowPlainHTTP"),
            ("webListenPrefixes", ["https://127.0.0.1:443/"], "certificate"),
            ("webListenPrefixes", ["http://u:p@127.0.0.1:443/"], "user names"),
            ("allowPlainHTTP", "yes", "true or false"),
            ("tls", ["certificateFile": "/a"], "tls.privateKeyFile: is missing"),
            ("limits", ["bodyBytes": 0], "limits.bodyBytes"), ("limits", ["body": 1], "limits.body: is no setting"),
            ("firstId", 0, "firstId"), ("logLevel", "loud", "none of trace"),
        ] as [(String, JSON, String)]
    )
    func problems(key: String, value: JSON, expected: String) {
        var json = valid
        json[key] = value
        let error = #expect(throws: InstanceError.self) { try InstanceConfiguration(json: json, path: "/c.json") }
        #expect("\(error!)".contains(expected))
        #expect("\(error!)".contains("/c.json"))
    }

    @Test("What is written is read back the same")
    func roundTrip() throws {
        var configuration = try InstanceConfiguration(json: valid, path: "/c.json")
        configuration.webListenPrefixes = try ListenPrefix.list("https://*:8443/, http://[::1]:0, http://localhost:81")
        configuration.tls = .init(certificateFile: "/a.pem", privateKeyFile: "/a.key")
        configuration.limits.jsonDepth = 12
        configuration.firstID = 1001
        configuration.logLevel = .debug
        configuration.databaseFile = "/data/x.db"
        #expect(try InstanceConfiguration(bytes: configuration.fileBytes, path: "/c.json") == configuration)
    }

    @Test(
        "Roots follow SKERRY_ROOT, then the user",
        arguments: [
            (["SKERRY_ROOT": "/r/"], 0, "/r/etc/skerry", "/r/run/skerry"), ([:], 0, "/etc/skerry", "/run/skerry"),
            ([:], 5, "/home/u/.config/skerry", "/home/u/.local/state/skerry/run"),
            (["XDG_CONFIG_HOME": "/c", "XDG_RUNTIME_DIR": "/t"], 5, "/c/skerry", "/t/skerry"),
            (["XDG_CONFIG_HOME": "c"], 5, "/home/u/.config/skerry", "/home/u/.local/state/skerry/run"),
        ] as [([String: String], UInt32, String, String)]
    )
    func roots(environment: [String: String], user: UInt32, configuration: String, runtime: String) throws {
        let paths = try InstancePaths(environment: environment, userID: user, homeDirectory: "/home/u")
        #expect(paths.configurationRoot == configuration)
        #expect(paths.runtimeRoot == runtime)
    }

    @Test("A relative SKERRY_ROOT is refused")
    func relativeRoot() {
        #expect(throws: InstanceError.badRoot("here")) {
            try InstancePaths(environment: ["SKERRY_ROOT": "here"], userID: 0, homeDirectory: "/")
        }
    }
}
