public import Catalog
import Crypto
import Foundation

/// SHA-256 of canonical JSON, in lower-case hexadecimal: equal values have equal fingerprints.
public enum Fingerprint {
    public static func hash(_ value: JSON) -> String { hash(value.canonicalBytes) }

    public static func hash(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).reduce(into: "") { text, byte in
            text += byte < 16 ? "0" : ""
            text += String(byte, radix: 16)
        }
    }

    /// The fingerprint of a normal-form body; where a planned variable comes from (`Row`) does not count.
    public static func hash(body: JSON) -> String {
        guard let variables = body["Variables"]?.arrayValue else { return hash(body) }
        var body = body
        body["Variables"] = .array(
            variables.map { variable in
                var variable = variable
                variable["Row"] = nil
                return variable
            }
        )
        return hash(body)
    }
}
