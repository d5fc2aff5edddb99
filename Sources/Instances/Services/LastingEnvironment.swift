import Foundation
import Subprocess

extension Subprocess.Environment {
    /// For a process that goes on running: without the passwords, passphrases and keys that were meant for one command. The
    /// process may be one of another account.
    static var withoutSecrets: Subprocess.Environment {
        let names = ProcessInfo.processInfo.environment.keys.filter(isSecret)
        return .inherit.updating(Dictionary(uniqueKeysWithValues: names.map { (Key(stringLiteral: $0), nil) }))
    }

    /// Named as Skerry's own are, and as people name those that a policy or an agent refers to.
    private static func isSecret(_ name: String) -> Bool {
        name.hasPrefix("SKERRY_") && name.contains(/PASSWORD|PASSPHRASE|SECRET|TOKEN|_KEY/)
    }
}
