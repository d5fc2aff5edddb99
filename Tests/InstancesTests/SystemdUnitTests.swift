import Foundation
import Testing

@testable import Instances

@Suite("Systemd units") struct SystemdUnitTests {
    private func unit(
        _ name: String,
        kind: InstanceKind = .server,
        isOfUser: Bool = false,
        lowPort: Bool = false,
        user: String = "root"
    )
        throws
        -> SystemdUnit
    {
        let paths = try InstancePaths(environment: [:], userID: 0, homeDirectory: "/root")
        let name = try InstanceName(name)
        let record = InstanceRecord(
            name: name,
            defaultRank: 0,
            configurationFile: paths.defaultConfigurationFile(kind, name.slug),
            home: paths.defaultHome(kind, name.slug),
            user: user
        )
        return SystemdUnit(
            kind: kind,
            record: record,
            paths: paths,
            program: "/usr/bin/true",
            isOfUser: isOfUser,
            root: nil,
            needsLowPort: lowPort
        )
    }

    @Test("D-2, I-15: an instance's unit has a name of its own that no other program's unit can have")
    func names() throws {
        let server = try unit("nginx").name
        #expect(server == "skerry-server-nginx.service")
        let agent = try unit("nginx", kind: .agent).name
        #expect(agent == "skerry-agent-nginx.service")
    }

    @Test("the unit names the instance by its slug, waits for readiness and watches for hangs")
    func text() throws {
        let text = try unit("My \"Agent\" %n").text
        #expect(text.contains("ExecStart=/usr/bin/true run --instance my-agent-n\n"))
        for line in ["Type=notify", "WatchdogSec=30", "Restart=always", "UMask=0027", "ProtectSystem=strict"] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
        #expect(!text.contains("AmbientCapabilities") && !text.contains("SKERRY_ROOT"))
        let ofAccount = try unit("a", user: "daemon").text
        #expect(ofAccount.contains("\nEnvironment=SKERRY_ROOT=/\n"), "else it would look among its own files")
        let low = try unit("a", lowPort: true).text
        #expect(low.contains("AmbientCapabilities=CAP_NET_BIND_SERVICE"))
        let ofUser = try unit("a", isOfUser: true).text
        #expect(!ofUser.contains("User="))
    }

    @Test("systemd finds nothing to complain about", arguments: [false, true])
    func verified(isOfUser: Bool) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "units-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let unit = try unit("My Agent", isOfUser: isOfUser, lowPort: true)
        let file = folder.appending(path: unit.name)
        try unit.text.write(to: file, atomically: true, encoding: .utf8)
        let target = folder.appending(path: SystemdUnit.target(.server))
        try SystemdUnit.targetText(.server).write(to: target, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/systemd-analyze")
        process.arguments = ["verify", "--man=no", file.path, target.path]
        let output = Pipe()
        process.standardError = output
        try process.run()
        process.waitUntilExit()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let ours = text.split(separator: "\n").filter { $0.contains("skerry") }
        #expect(process.terminationStatus == 0 && ours.isEmpty, "\(text)")
    }
}
