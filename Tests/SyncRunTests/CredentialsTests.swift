import Foundation
import Sync
import Testing

@testable import SyncRun

@Suite("Where API keys come from")
struct CredentialsTests {
    @Test(
        "a key file that others can read is refused",
        arguments: [(0o600, true), (0o400, true), (0o640, false), (0o644, false)]
    )
    func permissions(mode: Int, isAccepted: Bool) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("key")
        try Data("API-ABCDEFGHIJKLMNOPQRSTUVWXYZ\n".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        let endpoint = Policy.Endpoint(name: "d", url: "https://d.example", credential: .file("key"))
        let policyPath = folder.appendingPathComponent("policy.yaml").path
        if isAccepted {
            _ = try Credentials.key(for: endpoint, policyPath: policyPath)
        } else {
            let error = #expect(throws: SyncRunError.self) {
                _ = try Credentials.key(for: endpoint, policyPath: policyPath)
            }
            #expect("\(try #require(error))".contains("chmod 600"))
        }
    }
}
