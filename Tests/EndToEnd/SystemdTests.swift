import Foundation
import TestSupport
import Testing

/// A machine whose process 1 is a real systemd, in namespaces of its own.
private enum SystemdMachine {
    static let script = "\(BuiltProducts.packageRoot)/Scripts/systemd-machine"

    /// Whether one can be started here, and the programs run there.
    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: script)
        process.arguments = [BuiltProducts.skerry, "version"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}

@Suite("Services under systemd", .enabled(if: SystemdMachine.isPossible, "systemd cannot be started here"))
struct SystemdTests {
    @Test(
        """
        I-15, I-20, I-29, I-33, I-34: units start, are watched, confined, stopped and upgraded by a real systemd, under \
        several accounts and for a user, and follow a rename; a timer backs up
        """
    )
    func journey() async throws {
        let script = "\(BuiltProducts.packageRoot)/Tests/EndToEnd/Fixture/systemd-journey"
        let result = try await runProcess(
            SystemdMachine.script,
            [script, BuiltProducts.directory],
            limit: .seconds(900)
        )
        // It could be started a moment ago; a machine that is too busy now says nothing about the program.
        guard result.exitCode != 75 else { return }
        let output = "\(result.standardOutput)\(result.standardError)"
        var seen: [String: String] = [:]
        for line in result.standardOutput.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { seen[String(parts[0])] = String(parts[1]) }
        }
        let expected = [
            "start": "0", "active": "active notify", "answers": "200", "writes": "no", "rights": "0000000000000000",
            "afterKill": "0", "dropIn": "4s", "watched": "yes", "afterHang": "0", "stop": "0 inactive success",
            "account": "0 daemon", "door": "0 active", "agent": "0 active", "doctor": "0", "timer": "0 active",
            "backup": "0 2", "upgrade": "0 2026.9.9", "versions": "3 version: 2026.9.9", "doorRestarted": "yes",
            "brokenUpgrade": "1 2026.9.9 2", "versionsAfter": "3 version: 2026.9.9", "doorAfter": "0",
            "rename": "0 active enabled 50s daemon", "renameLeft": "0 ", "killedRename": "0 often",
            "target": "0 active",
        ]
        for (name, value) in expected { #expect(seen[name] == value, "\(name): \(output)") }
        // Not every machine keeps a manager for its users.
        guard seen["user"] != "none" else { return }
        #expect(seen["user"] == "0 200 active", "\(output)")
        #expect(seen["userSudo"] == "0 running", "\(output)")
        #expect(seen["others"] == "1" && seen["othersOld"] == "1", "\(output)")
        #expect(seen["userTimer"] == "0 active" && seen["userStop"] == "0 inactive", "\(output)")
        #expect(seen["userBefore"] == "2026.1.0" && seen["userUpgrade"] == "0 2026.9.9 2026.9.9 200", "\(output)")
        #expect(seen["userBroken"] == "1 2026.9.9 2026.9.9 active", "\(output)")
        #expect(seen["userRename"] == "0 200 enabled" && seen["userRenameBack"] == "0 disabled", "\(output)")
    }
}
