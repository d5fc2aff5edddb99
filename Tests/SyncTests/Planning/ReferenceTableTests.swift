import Catalog
import Testing

@testable import Sync

@Suite("References and ids, looked up quickly")
struct ReferenceTableTests {
    @Test("S-66, S-68: a reference is read once, and written as its key is written")
    func readAndWritten() {
        let table = ReferenceTable()
        let key = EntityKey(.environments, "Production")
        let json = NormalReference.resolved(key).json
        #expect(table.reference(json) == .resolved(key))
        #expect(table.reference(json) == .resolved(key))
        #expect(table.reference(["a": 1, "b": 2]) == nil)
        #expect(table.reference(.string("Environments-1")) == nil)
        #expect(table.json(key) == json)
        // Equal keys, written differently.
        let shouting = EntityKey(.environments, "PRODUCTION")
        #expect(shouting == key)
        #expect(table.json(shouting) == NormalReference.resolved(shouting).json)
        #expect(table.json(key) == json)
    }

    @Test("many different references never get mixed up, although the objects come and go")
    func comingAndGoing() {
        let table = ReferenceTable()
        for round in 0..<3 {
            for number in 0..<2_000 {
                let key = EntityKey(.channels, "Project \(number % 40)", "Channel \(number) of \(round)")
                #expect(table.reference(NormalReference.resolved(key).json) == .resolved(key))
                // Made and thrown away.
                _ = table.reference(["ref": .int(number), "key": []])
            }
        }
    }

    @Test("S-69: the filter lets every text through that mentions an id")
    func filter() {
        var random = SystemRandomNumberGenerator()
        let prefixes = ["Projects-", "Environments-", "feeds-", "variableset-Projects-"]
        let ids = (0..<500).map { _ in
            (prefixes.randomElement(using: &random) ?? "") + String(Int.random(in: 1...9_999))
        }
        let filter = IDFilter(ids)
        for id in ids {
            for text in [id, "use \(id), please", "(\(id))", "a - b \(id)", "\(id)\n", "--flag x=\(id);"] {
                #expect(filter.mayMention(text), "\(text)")
            }
        }
        #expect(!filter.mayMention(""))
        #expect(!filter.mayMention("no dash at all"))
        #expect(!filter.mayMention("a-b c_d - --- -"))
    }

    @Test("keys made from other keys equal those made from names")
    func derivedKeys() {
        let step = EntityKey(.actions, "runbooks", "Web", "Clean Up", "Stop", "Stop Service")
        #expect(step.owner == EntityKey(.runbooks, "Web", "Clean Up"))
        #expect(step.owner?.owner == EntityKey(.projects, "WEB"))
        let other = EntityKey(.runbooks, "Shop", "Tidy")
        #expect(
            step.replacingOwner(by: other) == EntityKey(.actions, "runbooks", "Shop", "Tidy", "Stop", "stop service")
        )
        #expect(step.replacingOwner(by: other).foldedPath == ["runbooks", "shop", "tidy", "stop", "stop service"])
        let set = EntityKey(.variableSets, "projects", "Web")
        #expect(set.replacingOwner(by: EntityKey(.librarySets, "Common")).path == ["libraryvariablesets", "Common"])
        #expect(EntityKey(.environments, "a").isWritten(like: EntityKey(.environments, "a")))
        #expect(!EntityKey(.environments, "a").isWritten(like: EntityKey(.environments, "A")))
        #expect(!EntityKey(.environments, "é").isWritten(like: EntityKey(.environments, "e\u{301}")))
    }
}
