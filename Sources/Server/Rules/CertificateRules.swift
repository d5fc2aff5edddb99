import Catalog
import Store

/// Certificates: everything that can be read from the data is the server's; the data itself is sealed, and changes only
/// through `replace`.
struct CertificateRules: ResourceRules {
    let kind = KindName.certificates

    /// Where the details wait between `prepare`, which still sees the data, and `derive`. Not a name that a client could
    /// mean, and never stored.
    private static let details = "$CertificateDetails"

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        body[Self.details] = old == nil ? try Self.details(of: body, in: context) : JSON?.none
    }

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        if let details = body[Self.details] { body.merge(details) }
        body[Self.details] = nil
    }

    /// What can be read from `CertificateData`, opened with `Password` where that is needed.
    static func details(of body: JSON, in context: WriteContext) throws -> JSON {
        guard let data = plain(body, "CertificateData"), !data.isEmpty else {
            throw APIProblem.invalid("CertificateData is required: the base64 text of a PFX, DER or PEM file.")
        }
        do {
            let details = try CertificateDetails(data: data, password: plain(body, "Password"))
            return .object(try details.fields(now: context.writer.time))
        } catch let problem as CertificateDetails.Problem {
            throw APIProblem.invalid(text(of: problem))
        }
    }

    private static func plain(_ body: JSON, _ field: String) -> String? {
        body[field].flatMap { $0.stringValue ?? $0.objectValue?[caseless: "NewValue"]?.stringValue }
    }

    private static func text(of problem: CertificateDetails.Problem) -> String {
        switch problem {
        case .noBase64: "CertificateData is not valid base64."
        case .unknownFormat: "CertificateData is neither a PFX, nor a DER, nor a PEM certificate."
        case .wrongPasswordOrDamaged:
            "CertificateData looks like a PFX file but cannot be opened: the Password is wrong, or the file is damaged."
        }
    }
}
