import Foundation
import SwiftASN1
import X509

/// A PEM file with a certificate.
enum CertificateFile {
    /// The end of validity of the first certificate in it; nil when there is none.
    static func notAfter(_ path: String) -> Date? {
        guard let bytes = try? DurableFile.read(path),
            let documents = try? PEMDocument.parseMultiple(pemString: String(decoding: bytes, as: UTF8.self)),
            let leaf = documents.first(where: { $0.discriminator == "CERTIFICATE" })
        else { return nil }
        return try? Certificate(pemDocument: leaf).notValidAfter
    }
}
