extension KindName {
    public static let certificates: KindName = "certificates"
}

extension Kind {
    static let certificates = Kind(
        .certificates,
        type: "Certificate",
        title: .init("certificate"),
        policyKey: "certificates",
        identity: .counted(prefix: "Certificates"),
        shape: Shape(
            [
                Field("Name", .name).required(),
                Field("Notes", .text).defaulting(to: "").ofDestination(),
                // Given when the certificate is made; replaced by an action of its own, not by a PUT.
                Field("CertificateData", .secret).required().createOnly().ofDestination(),
                Field("Password", .secret).createOnly().ofDestination(),
            ] + Field.scoping() + contents
        ).concludingParticipation(),
        filters: [
            .name, .partialName,
            .init("search", "Name", .contains),
            .init("archived", "Archived", .bool),
            .init("tenant", "TenantIds", .anyOf),
        ],
        links: [
            Link("Export", "/api/{S}/certificates/{Id}/export{?format,password,includePrivateKey,pemOptions}"),
            Link("Replace", "/api/{S}/certificates/{Id}/replace"),
            Link("Archive", "/api/{S}/certificates/{Id}/archive"),
            Link("Unarchive", "/api/{S}/certificates/{Id}/unarchive"),
            Link("Usages", "/api/{S}/certificates/{Id}/usages"),
        ],
        permissions: Permissions("Certificate"),
        sync: SyncTreatment(.nameOnly, phase: .certificates)
    )

    /// What the server reads out of the certificate.
    private static let contents = [
        Field("CertificateDataFormat", .choice(["Unknown", "Pkcs12", "Der", "Pem"])),
        Field("SubjectDistinguishedName", .text),
        Field("SubjectCommonName", .line),
        Field("SubjectOrganization", .line),
        Field("SubjectAlternativeNames", .strings),
        Field("IssuerDistinguishedName", .text),
        Field("IssuerCommonName", .line),
        Field("IssuerOrganization", .line),
        Field("SelfSigned", .bool),
        Field("IsExpired", .bool),
        Field("HasPrivateKey", .bool),
        Field("Thumbprint", .line),
        Field("SerialNumber", .line),
        Field("SignatureAlgorithmName", .line),
        Field("NotBefore", .timestamp),
        Field("NotAfter", .timestamp),
        Field("Version", .count),
        Field("Archived", .timestamp),
        Field("ReplacedBy", .reference(to: .certificates)),
        Field("CertificateChain", .list(chainLink)),
    ].map { $0.readOnly() }

    private static let chainLink = Shape([
        Field("SubjectDistinguishedName", .text),
        Field("IssuerDistinguishedName", .text),
        Field("Thumbprint", .line),
        Field("NotBefore", .timestamp),
        Field("NotAfter", .timestamp),
        Field("Version", .count),
        Field("SerialNumber", .line),
        Field("SignatureAlgorithmName", .line),
    ])
}
