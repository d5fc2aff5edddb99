import Crypto

/// Random bytes and texts that nobody can guess, from the system's generator.
enum RandomText {
    static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// `API-` and 32 upper-case letters and digits: clients refuse keys of any other form.
    static func apiKey() -> String {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return "API-" + String((0..<32).map { _ in alphabet.randomElement(using: &generator) ?? "A" })
    }

    static func token() -> String { bytes(32).hex }
}

/// SHA-256, as what keys and tokens are stored and looked up by: they are long and random, so that a slow hash would
/// add nothing.
enum TokenHash {
    static func of(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }

    /// What clients accept as an API key.
    static func isAPIKey(_ text: String) -> Bool {
        text.utf8.count > 4 && text.utf8.count <= 200 && text.hasPrefix("API-")
            && text.utf8.dropFirst(4).allSatisfy {
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
    }
}

/// UUIDs in the form that documents hold.
enum UUIDText {
    static func new() -> String {
        var bytes = RandomText.bytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Array(bytes.hex)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
    }
}
