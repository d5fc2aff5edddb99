import Foundation

/// What `admin` was asked for, checked: an administrator to create or to reset.
struct AdministratorRequest: Sendable {
    static let longestPassword = 1_024

    let username: String
    let email: String?
    /// Nil keeps the password of a user who is there.
    let password: String?
    /// Nil has a key made.
    let apiKey: String?

    init(username: String, email: String?, password: String?, apiKey: String?) throws {
        let name = username.trimmingCharacters(in: .whitespaces)
        guard !name.isEmpty, name.count <= 200 else {
            throw CommandFailure(.usage, "--username: expected 1 to 200 characters, for example --username admin.")
        }
        if let password, password.isEmpty || password.utf8.count > Self.longestPassword {
            throw CommandFailure(.usage, "The password must have 1 to \(Self.longestPassword) bytes.")
        }
        if let apiKey, !Self.isKey(apiKey) {
            throw CommandFailure(
                .usage,
                "--apiKey: expected API- and then up to 120 characters of A–Z and 0–9. Leave it out to have one made."
            )
        }
        self.username = name
        self.email = email
        self.password = password
        self.apiKey = apiKey
    }

    static func isKey(_ text: String) -> Bool {
        guard text.hasPrefix("API-") else { return false }
        let rest = text.utf8.dropFirst(4)
        return (1...120).contains(rest.count)
            && rest.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
    }
}
