public import Catalog
import Crypto
import Foundation

/// SHA-256 of canonical JSON, in lower-case hexadecimal: equal values have equal fingerprints.
public enum Fingerprint {
    public static func hash(_ value: JSON) -> String { hash(value.canonicalBytes) }

    public static func hash(_ bytes: [UInt8]) -> String { text(SHA256.hash(data: bytes)) }

    /// That of `outline.json`, without making it.
    public static func hash(_ outline: JSONOutline) -> String {
        var hash = SHA256()
        outline.forEachCanonicalPiece { hash.update(data: $0) }
        return text(hash.finalize())
    }

    private static func text(_ hash: SHA256.Digest) -> String {
        String(unsafeUninitializedCapacity: SHA256.byteCount * 2) { digits in
            for (position, byte) in hash.enumerated() {
                digits[2 * position] = digit(byte >> 4)
                digits[2 * position + 1] = digit(byte & 15)
            }
            return SHA256.byteCount * 2
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// The fingerprint of a normal-form body. Where a planned variable comes from (`Row`) does not count, nor whether a
    /// sensitive one has a value: not every server tells.
    public static func hash(body: JSON) -> String {
        guard let variables = body["Variables"]?.arrayValue, variables.contains(where: { $0["Row"] != nil }) else {
            return hash(body)
        }
        var body = body
        body["Variables"] = .array(
            variables.map { variable in
                var variable = variable
                variable["Row"] = nil
                if let value = variable["Value"], NormalSecret.hasValue(value) != nil { variable["Value"] = .null }
                return variable
            }
        )
        return hash(body)
    }
}
