import Catalog
import Crypto
import Foundation
import NIOSSL

/// What is read out of a certificate's data when it is uploaded; the fields that the server owns.
///
/// PFX needs its password here, once: the data is sealed afterwards and not opened to serve a document.
struct CertificateDetails: Sendable {
    enum Problem: Error, Hashable, Sendable {
        case noBase64
        case unknownFormat
        case wrongPasswordOrDamaged
    }

    var format: String
    var hasPrivateKey: Bool
    /// The certificate itself first, then the chain that came with it.
    var certificates: [NIOSSLCertificate]

    /// - Parameters:
    ///   - data: base64 of a PFX, DER or PEM file.
    ///   - password: of a PFX file or of the private key in it.
    init(data: String, password: String?) throws {
        guard let bytes = Self.bytes(base64: data) else { throw Problem.noBase64 }
        guard !bytes.isEmpty else { throw Problem.unknownFormat }
        if Self.looksLikePEM(bytes) {
            guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
                throw Problem.unknownFormat
            }
            format = "Pem"
            certificates = found
            hasPrivateKey = String(decoding: bytes, as: UTF8.self).contains("PRIVATE KEY-----")
        } else if let certificate = try? NIOSSLCertificate(bytes: bytes, format: .der) {
            format = "Der"
            certificates = [certificate]
            hasPrivateKey = false
        } else if bytes[0] == 0x30 {
            guard let bundle = try? NIOSSLPKCS12Bundle(buffer: bytes, passphrase: (password ?? "").utf8),
                !bundle.certificateChain.isEmpty
            else { throw Problem.wrongPasswordOrDamaged }
            format = "Pkcs12"
            certificates = bundle.certificateChain
            hasPrivateKey = true
        } else {
            throw Problem.unknownFormat
        }
    }

    /// The fields of the document that follow from the data.
    ///
    func fields(now: Date) throws -> JSONObject {
        let certificate = certificates[0]
        let der = try certificate.toDERBytes()
        let subject = certificate.subjectName
        let issuer = certificate.issuerName
        return [
            "CertificateDataFormat": .string(format),
            "HasPrivateKey": .bool(hasPrivateKey),
            "SubjectDistinguishedName": .string(Self.distinguishedName(subject)),
            "SubjectCommonName": JSON(Self.value(of: .commonName, in: subject)),
            "SubjectOrganization": JSON(Self.value(of: .organization, in: subject)),
            "SubjectAlternativeNames": JSON(Self.alternativeNames(of: certificate)),
            "IssuerDistinguishedName": .string(Self.distinguishedName(issuer)),
            "IssuerCommonName": JSON(Self.value(of: .commonName, in: issuer)),
            "IssuerOrganization": JSON(Self.value(of: .organization, in: issuer)),
            "SelfSigned": .bool(subject == issuer),
            "Thumbprint": .string(Self.thumbprint(der)),
            "SerialNumber": .string(Self.hexadecimal(certificate.serialNumber)),
            "NotBefore": .string(Self.time(certificate.notValidBefore)),
            "NotAfter": .string(Self.time(certificate.notValidAfter)),
            "IsExpired": .bool(Double(certificate.notValidAfter) < now.timeIntervalSince1970),
            // Not readable through the TLS library, and not guessed.
            "SignatureAlgorithmName": nil,
            "CertificateChain": .array(try certificates.dropFirst().map(Self.chainItem)),
        ]
    }

    private static func chainItem(_ certificate: NIOSSLCertificate) throws -> JSON {
        [
            "SubjectDistinguishedName": .string(distinguishedName(certificate.subjectName)),
            "IssuerDistinguishedName": .string(distinguishedName(certificate.issuerName)),
            "Thumbprint": .string(thumbprint(try certificate.toDERBytes())),
            "NotBefore": .string(Self.time(certificate.notValidBefore)),
            "NotAfter": .string(Self.time(certificate.notValidAfter)),
            "SerialNumber": .string(hexadecimal(certificate.serialNumber)),
            "SignatureAlgorithmName": nil,
        ]
    }

    /// Base64 as clients send it: with or without line ends.
    private static func bytes(base64 text: String) -> [UInt8]? {
        Data(base64Encoded: String(text.filter { !$0.isWhitespace })).map { [UInt8]($0) }
    }

    private static func time(_ seconds: Int) -> String {
        Timestamp.text(Date(timeIntervalSince1970: Double(seconds)))
    }

    private static func looksLikePEM(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes.prefix(64 * 1024), as: UTF8.self).contains("-----BEGIN ")
    }

    /// As clients pin certificates: SHA-1 of the DER form, in upper-case hexadecimal.
    static func thumbprint(_ der: [UInt8]) -> String { hexadecimal(Insecure.SHA1.hash(data: der)) }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }

    private static func value(of type: SSLCertificateNameType, in name: [SSLCertificateName]) -> String? {
        name.first { $0.type == type }?.value
    }

    private static func distinguishedName(_ name: [SSLCertificateName]) -> String {
        name.map { part in "\(abbreviations[part.type] ?? "OID")=\(part.value)" }.joined(separator: ", ")
    }

    private static func alternativeNames(of certificate: NIOSSLCertificate) -> [String] {
        certificate._subjectAlternativeNames().compactMap { name in
            guard name.nameType == .dnsName || name.nameType == .email || name.nameType == .uri else { return nil }
            return String(validating: name.contents, as: UTF8.self)
        }
    }

    private static let abbreviations: [SSLCertificateNameType: String] = [
        .commonName: "CN", .organization: "O", .organizationalUnit: "OU", .state: "S", .country: "C", .city: "L",
        .emailAddress: "E", .userId: "UID",
    ]
}
