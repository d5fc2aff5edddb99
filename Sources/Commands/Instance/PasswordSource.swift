import Foundation

/// Where a password comes from, in this order: the option, standard input, the environment, a question on the terminal.
enum PasswordSource {
    static let variable = "SKERRY_ADMIN_PASSWORD"
    private static let longestLine = 4_096

    static func password(option: String?, fromStandardInput: Bool) throws -> String? {
        if let option { return option }
        if fromStandardInput { return try firstLine("--password-stdin: expected the password") }
        if let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty { return value }
        // Without any of these an existing user keeps the password; a new one is refused.
        guard isatty(STDIN_FILENO) == 1, let typed = getpass("Password (empty keeps an existing user's): ") else {
            return nil
        }
        let password = String(cString: typed)
        return password.isEmpty ? nil : password
    }

    static func firstLine(_ expectation: String) throws -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(STDIN_FILENO, &byte, 1) == 1, byte != 0x0A, bytes.count < longestLine { bytes.append(byte) }
        if bytes.last == 0x0D { bytes.removeLast() }
        guard let line = String(validating: bytes, as: UTF8.self), !line.isEmpty else {
            throw CommandFailure(.usage, "\(expectation) on the first line of standard input.")
        }
        return line
    }
}
