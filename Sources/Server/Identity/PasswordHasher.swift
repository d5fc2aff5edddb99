import Crypto
import CryptoExtras
import HTTPTypes
import NIOCore
import NIOPosix

/// Hashes and checks passwords with scrypt, away from the threads that serve requests.
///
/// A hash carries its parameters (`scrypt$16384$8$1$salt$hash`, hex), so that they can be raised later without
/// locking anybody out.
final class PasswordHasher: Sendable {
    private struct Parameters: Sendable {
        // 16 MiB and some 50 ms each: dear for who guesses, cheap for a client that signs in before each request.
        var rounds = 1 << 14
        var blockSize = 8
        var parallelism = 1
    }

    static let maximumLength = 1_024
    private static let maximumMemory = 64 << 20

    private let threads: NIOThreadPool
    private let waiting: Admission

    /// - Parameter concurrency: hashes computed at a time; more wait, and many more are refused.
    init(concurrency: Int) {
        threads = NIOThreadPool(numberOfThreads: max(1, concurrency))
        waiting = Admission(limit: 64)
        threads.start()
    }

    func stop() async { try? await threads.shutdownGracefully() }

    func hash(_ password: String) async throws -> String {
        try await run { try Self.makeHash(password) }
    }

    /// False for a wrong password and for a hash that cannot be read.
    func verify(_ password: String, against hash: String) async throws -> Bool {
        guard password.utf8.count <= Self.maximumLength else { return false }
        return try await run { Self.matches(password, hash) }
    }

    /// Takes as long as checking a real hash: for names that do not exist, so that time does not tell.
    func pretend(_ password: String) async throws {
        guard password.utf8.count <= Self.maximumLength else { return }
        _ = try await run { try Self.makeHash(password) }
    }

    private func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        guard waiting.enter() else {
            var problem = APIProblem(
                .serviceUnavailable,
                "Too many sign-ins at the moment. Try again in a few seconds."
            )
            problem.headers[.retryAfter] = "5"
            throw problem
        }
        defer { waiting.leave() }
        return try await threads.runIfActive(work)
    }

    /// For callers that are on no event loop (the command line).
    static func makeHash(_ password: String) throws -> String {
        let parameters = Parameters()
        let salt = RandomText.bytes(16)
        let key = try derive(password, salt, parameters)
        return "scrypt$\(parameters.rounds)$\(parameters.blockSize)$\(parameters.parallelism)$\(salt.hex)$\(key.hex)"
    }

    private static func matches(_ password: String, _ hash: String) -> Bool {
        let parts = hash.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "scrypt", let rounds = Int(parts[1]), let blockSize = Int(parts[2]),
            let parallelism = Int(parts[3]), let salt = [UInt8](hex: parts[4]), let expected = [UInt8](hex: parts[5])
        else { return false }
        let parameters = Parameters(rounds: rounds, blockSize: blockSize, parallelism: parallelism)
        guard let found = try? derive(password, salt, parameters) else { return false }
        return found.equalsInConstantTime(expected)
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ parameters: Parameters) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: Array(password.utf8),
            salt: salt,
            outputByteCount: 32,
            rounds: parameters.rounds,
            blockSize: parameters.blockSize,
            parallelism: parameters.parallelism,
            maxMemory: maximumMemory
        )
        return key.withUnsafeBytes { Array($0) }
    }
}

extension [UInt8] {
    /// Two lower-case digits for each byte.
    var hex: String {
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        let digits = Array("0123456789abcdef".utf8)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil when the text is no sequence of pairs of digits.
    init?(hex text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Character(Unicode.Scalar(digits[index])).hexDigitValue,
                let low = Character(Unicode.Scalar(digits[index + 1])).hexDigitValue
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        self = bytes
    }

    /// Looks at every byte, whatever the first difference.
    func equalsInConstantTime(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return zip(self, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
