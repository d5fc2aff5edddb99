import Testing

@testable import Instances

@Suite struct InstanceNameTests {
    @Test(
        "A name becomes a slug",
        arguments: [
            ("main", "main"), ("My Agent", "my-agent"), ("A B", "a-b"), ("a-b", "a-b"), ("a  --  b", "a-b"),
            ("  main  ", "main"), ("Dev/Test!", "dev-test"), ("Zürich", "z-rich"), ("Ｍａｉｎ", "main"),
            ("x²", "x2"), (String(repeating: "a", count: 48), String(repeating: "a", count: 48)), ("…", nil),
            ("ﬁne", "fine"), ("7", "7"),
        ] as [(String, String?)]
    )
    func slug(name: String, expected: String?) throws {
        let slug = try InstanceName(name).slug
        if let expected { #expect(slug == expected) } else { #expect(slug.count == 8) }
    }

    @Test("Names that lose their letters or their end in the slug stay different")
    func hashes() throws {
        let names = ["Сервер 1", "Клиент 1", "サーバー", "🚀", "!!!", "???"]
        let long = (0..<3).map { String(repeating: "long name ", count: 9) + "\($0)" }
        let slugs = try (names + long).map { try InstanceName($0).slug }
        #expect(Set(slugs).count == slugs.count)
        #expect(slugs.allSatisfy { (1...48).contains($0.count) })
        #expect(
            slugs.allSatisfy { $0.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" } }
        )
        #expect(try InstanceName("СЕРВЕР 1").slug == slugs[0], "case makes no other name")
        #expect(try InstanceName(slugs[0]).slug == slugs[0], "a slug names the instance too")
    }

    @Test(
        "A name that cannot be used is refused with the reason",
        arguments: [
            ("", "printable"), ("   ", "printable"), ("a\nb", "printed"), ("a\u{202E}b", "printed"),
            ("*", "all instances"),
            ("All", "reserved"), ("default", "reserved"), ("In stances?", nil), ("instances", "reserved"),
            ("Services", "reserved"),
            (String(repeating: "x", count: 101), "100"), ("../x", "path"), ("/etc", "path"), ("..", "path"),
        ] as [(String, String?)]
    )
    func refused(name: String, reason: String?) {
        guard let reason else {
            #expect(throws: Never.self) { try InstanceName(name) }
            return
        }
        let error = #expect(throws: InstanceError.self) { try InstanceName(name) }
        #expect("\(error!)".contains(reason))
    }
}
