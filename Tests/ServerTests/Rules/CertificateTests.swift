import Catalog
import Testing

@testable import Server

/// A certificate that was made for these tests: `CN=harbour.example, O=Harbour`, with its key only in the PFX.
private enum Fixture {
    static let pem = """
        LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJzRENDQVZXZ0F3SUJBZ0lVRjNUbk95REVRSUdlVG5zcTk1NDhHSlpHbG1R\
        d0NnWUlLb1pJemowRUF3SXcKTERFWU1CWUdBMVVFQXd3UGFHRnlZbTkxY2k1bGVHRnRjR3hsTVJBd0RnWURWUVFLREFkSVlYSmli\
        M1Z5TUNBWApEVEkyTVRFeU1URXlORGN5TkZvWUR6SXdPREV3T0RJME1USTBOekkwV2pBc01SZ3dGZ1lEVlFRRERBOW9ZWEppCmIz\
        VnlMbVY0WVcxd2JHVXhFREFPQmdOVkJBb01CMGhoY21KdmRYSXdXVEFUQmdjcWhrak9QUUlCQmdncWhrak8KUFFNQkJ3TkNBQVRX\
        SkRZa05ZbFpkb01kZWRLVVMyTDNqZzZQQm1MUmpteHdTQmJ6RmhJMXZ0RHpzUDBxK2sxWApwbyt3ZFVBREhrZ1lVR1gycyt4SmRP\
        NFFYKzRQVC84d28xTXdVVEFkQmdOVkhRNEVGZ1FVREs4UVlOUG5RUnFwCnVKS1pMTzUrS1dEeEtKSXdId1lEVlIwakJCZ3dGb0FV\
        REs4UVlOUG5RUnFwdUpLWkxPNStLV0R4S0pJd0R3WUQKVlIwVEFRSC9CQVV3QXdFQi96QUtCZ2dxaGtqT1BRUURBZ05KQURCR0Fp\
        RUEwWThRR3FaVXdaVHVqYWtDa3duZAphVExaOWlHZGJxbGYzenZidncyelRaTUNJUUMzTk5NRlgwU0hVdHRVVUhESFM2RkY1OW1x\
        RHJFaVdHL3ErQUx3ClJ6cW9mdz09Ci0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K
        """
    static let der = """
        MIIBsDCCAVWgAwIBAgIUF3TnOyDEQIGeTnsq9548GJZGlmQwCgYIKoZIzj0EAwIwLDEYMBYGA1UEAwwPaGFyYm91ci5leGFtcGxl\
        MRAwDgYDVQQKDAdIYXJib3VyMCAXDTI2MTEyMTEyNDcyNFoYDzIwODEwODI0MTI0NzI0WjAsMRgwFgYDVQQDDA9oYXJib3VyLmV4\
        YW1wbGUxEDAOBgNVBAoMB0hhcmJvdXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATWJDYkNYlZdoMdedKUS2L3jg6PBmLRjmxw\
        SBbzFhI1vtDzsP0q+k1Xpo+wdUADHkgYUGX2s+xJdO4QX+4PT/8wo1MwUTAdBgNVHQ4EFgQUDK8QYNPnQRqpuJKZLO5+KWDxKJIw\
        HwYDVR0jBBgwFoAUDK8QYNPnQRqpuJKZLO5+KWDxKJIwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA0Y8QGqZU\
        wZTujakCkwndaTLZ9iGdbqlf3zvbvw2zTZMCIQC3NNMFX0SHUttUUHDHS6FF59mqDrEiWG/q+ALwRzqofw==
        """
    static let pfx = """
        MIIEPAIBAzCCA/IGCSqGSIb3DQEHAaCCA+MEggPfMIID2zCCApIGCSqGSIb3DQEHBqCCAoMwggJ/AgEAMIICeAYJKoZIhvcNAQcB\
        MFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi+Im3skpULaQICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEDYD\
        qO+i5lLB3ESZVMBMyl2AggIQRnkijkLJMg1JnA5l1ywGy6OiI1tIhWnv50DdGFxkn1dz+65qaGUIQC5zb0xg6YpBhqbm0hUvJ/jm\
        IU/fiVZVgQlqJ1pKUP+nrKFoydR1t9jqHd3m8ameJ4F/9wQqoCvrPkRN98ZaF/JH5jFAkil3K/Q1SrmRU0R08lJOt+dEmQL5K7rz\
        wGaB/Ar0pRVuXiTGFPLfwFnQebtpsPJ0fPNtDuner9LqDg+ml+a+FRMVRSEgOdLY9js7sxjAwgeY9wGhowM9zZITHSltpv5kAZCM\
        rm23xfH3QGLb//07E7kHUkcABnoPeTISVKnclfIoWLjS/rlM1UrQ+axjDQfHWoWIwrhau+WtSPOCdWscBA5j0e7nuy7Rup6uWm1l\
        Wkk/GeMwdUdIP1Lktd0sgJIXvHbKdUkpKYS4ECK/Ja2sLn4adgR/jkYxwNUUPlGLBIAum4woMtp3PKz7wWSxicS1RApeqH+uV4Cq\
        oPt6ezkwcp13gUpcAwpLG2mRnEpLWKs2kmiTxPMOlOSw2pGCXoDsnWglnwNc7GACvpJexpaLCdTOuSlMmz5XK19al+h43CmBZYf6\
        8eiOQBcf9GoL5DvP5YxUIUztDlKZq5aCxTK5ZHukoFYaqjMfga/tmU3WNUrKOjB04VWJD2KdUSHF0EP6rQeJ5fjo5NBJgOIpB6+F\
        VYsGYven2xCsgp54b79vjmbxBeaZMIIBQQYJKoZIhvcNAQcBoIIBMgSCAS4wggEqMIIBJgYLKoZIhvcNAQwKAQKgge8wgewwVwYJ\
        KoZIhvcNAQUNMEowKQYJKoZIhvcNAQUMMBwECMROciz/rEUoAgIIADAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQilVqF+0K\
        1taMvrT1XuxQ5ASBkOx6ITFdkf40WlJzAX2p4vbyafFIwc+9LyjUwfwzmNIwjld7dYqgaguM3jTsLyOB7zHpc4oXEvwahYXXOnoR\
        8iQSbgZuT+LpypTmNaMbFWN3hrXrW45sw4Wtl62fwimm+bHAv+4g6h4VPeJYNuB5yZXCg/o37cLiiJkeCRkEJEkNYTh7XA+Xcjp+\
        UemlToTlETElMCMGCSqGSIb3DQEJFTEWBBSjFcGrgVCl3rLB2T935Qk0116iQzBBMDEwDQYJYIZIAWUDBAIBBQAEIM0HKhmrGehr\
        SlnC0psu7TKyDYp9/rGK6Bl4/O4a39fNBAhdK2g5lLRF6wICCAA=
        """
    static let password = "gull"
    static let thumbprint = "A315C1AB8150A5DEB2C1D93F77E50934D75EA243"
}

@Suite("Certificates")
struct CertificateTests {
    @Test(
        "The details of a certificate are read from each format",
        arguments: [("Pem", Fixture.pem, false), ("Der", Fixture.der, false), ("Pkcs12", Fixture.pfx, true)]
    )
    func formats(format: String, data: String, hasKey: Bool) async throws {
        try await TestServer.run { server in
            let made = try await server.create(
                "certificates",
                ["Name": "Harbour", "CertificateData": ["NewValue": .string(data)], "Password": ["NewValue": "gull"]]
            )
            #expect(made["CertificateDataFormat"] == .string(format))
            #expect(made["Thumbprint"] == .string(Fixture.thumbprint))
            #expect(made["SubjectCommonName"] == "harbour.example")
            #expect(made["SubjectOrganization"] == "Harbour")
            #expect(made["SelfSigned"] == true)
            #expect(made["HasPrivateKey"] == .bool(hasKey))
            #expect(made["IsExpired"] == false)
            #expect(made["CertificateData"] == ["HasValue": true, "NewValue": nil, "Hint": nil])
        }
    }

    @Test(
        "What is no certificate is refused with the reason",
        arguments: [
            ("%%%", "base64"), ("aGVsbG8=", "neither"), (Fixture.pfx, "Password"),
        ]
    )
    func refused(data: String, reason: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/api/Spaces-1/certificates",
                ["Name": "x", "CertificateData": ["NewValue": .string(data)]]
            )
            #expect(answer.status == 400)
            #expect(answer.errors.contains(reason))
        }
    }

    @Test("A PUT changes the name and leaves the content alone")
    func update() async throws {
        try await TestServer.run { server in
            var body = try await server.create(
                "certificates",
                ["Name": "Harbour", "CertificateData": ["NewValue": .string(Fixture.pem)]]
            )
            let id = try #require(body["Id"]?.stringValue)
            body["Name"] = "Pier"
            body["Thumbprint"] = "forged"
            body["CertificateData"] = ["HasValue": true, "NewValue": "aGVsbG8="]
            let saved = try await server.put("/api/Spaces-1/certificates/\(id)", body).json
            #expect(saved["Name"] == "Pier")
            #expect(saved["Thumbprint"] == .string(Fixture.thumbprint))
        }
    }

    @Test("An archived certificate is hidden from the list until it is asked for")
    func archive() async throws {
        try await TestServer.run { server in
            let made = try await server.create(
                "certificates",
                ["Name": "Harbour", "CertificateData": ["NewValue": .string(Fixture.pem)]]
            )
            let path = try #require(made["Links"]?["Self"]?.stringValue)
            #expect(try await server.post("\(path)/archive", [:]).status == 200)
            #expect(try await server.get("/api/Spaces-1/certificates").json["TotalResults"] == 0)
            #expect(try await server.get("/api/Spaces-1/certificates?archived=true").json["TotalResults"] == 1)
            #expect(try await server.post("\(path)/unarchive", [:]).json["Archived"] == .null)
            #expect(try await server.get("/api/Spaces-1/certificates").json["TotalResults"] == 1)
        }
    }

    @Test("Replacing keeps the id for the new content, and archives the old under another")
    func replace() async throws {
        try await TestServer.run { server in
            let made = try await server.create(
                "certificates",
                ["Name": "Harbour", "CertificateData": ["NewValue": .string(Fixture.pem)]]
            )
            let path = try #require(made["Links"]?["Self"]?.stringValue)
            let answer = try await server.post(
                "\(path)/replace",
                ["certificateData": .string(Fixture.pfx), "password": "gull"]
            )
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["Id"] == made["Id"])
            #expect(answer.json["CertificateDataFormat"] == "Pkcs12")
            let archived = try await server.get("/api/Spaces-1/certificates?archived=true").json
            #expect(archived["Items"]?[0]?["CertificateDataFormat"] == "Pem")
            #expect(archived["Items"]?[0]?["ReplacedBy"] == made["Id"])
        }
    }
}
