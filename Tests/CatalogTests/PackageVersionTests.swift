import Catalog
import Testing

@Suite("Versions and names of packages")
struct PackageVersionTests {
    @Test("versions are in the order of releases")
    func order() throws {
        let texts = [
            "0.9", "1.0-alpha", "1.0-alpha.2", "1.0-alpha.10", "1.0-beta", "1.0", "1.0.1", "1.2", "1.10", "2026.1.0.7",
        ]
        let versions = texts.compactMap { PackageVersion($0) }
        #expect(versions.count == texts.count)
        #expect(versions.sorted().map(\.description) == texts)
        #expect(PackageVersion("1.0") == PackageVersion("1.0.0+note"))
    }

    @Test("what is no version is none", arguments: ["", "1.", "x", "1.2.3.4.5", "1.0-", "1.-1", "1.0-ü", "1 0"])
    func none(text: String) {
        #expect(PackageVersion(text) == nil)
    }

    @Test(
        "the version of a file begins at the first dot behind which everything is one",
        arguments: [
            ("Acme.Web.1.2.3.zip", "Acme.Web", "1.2.3", ".zip"), ("Log4Net.2.0.nupkg", "Log4Net", "2.0", ".nupkg"),
            ("web.1.0.0-rc.1.tar.gz", "web", "1.0.0-rc.1", ".tar.gz"),
            ("Dotnet.8.Runtime.8.0.1.zip", "Dotnet.8.Runtime", "8.0.1", ".zip"),
        ]
    )
    func names(file: String, id: String, version: String, ending: String) throws {
        let name = try #require(PackageFileName(file))
        #expect((name.packageID, name.version, name.fileExtension) == (id, version, ending))
    }

    @Test(
        "other files are no packages",
        arguments: ["web.zip", "web.1.0.exe", ".1.0.zip", "a b.1.0.zip", "../x.1.0.zip"]
    )
    func others(file: String) {
        #expect(PackageFileName(file) == nil)
    }
}
