/// What a password has to be.
enum PasswordPolicy {
    static let shortest = 8

    static func check(_ password: String) throws {
        guard password.count >= shortest else {
            throw APIProblem.invalid("Password: at least \(shortest) characters are needed.")
        }
        guard password.utf8.count <= PasswordHasher.maximumLength else {
            throw APIProblem.invalid("Password: at most \(PasswordHasher.maximumLength) bytes are accepted.")
        }
    }
}
