import Testing

@testable import Sync

@Suite("Keys of values, as numbers")
struct ValueKeyTests {
    @Test("keys are equal when name and scope are")
    func keys() {
        var table = KeyTable()
        let production: VariableScope = [.environments: ["Production"]]
        let key = table.key("name", production)
        #expect(table.key("name", [.environments: ["Production"]]) == key)
        #expect(table.key("name", scopeNumber: table.number(of: production)) == key)
        #expect(table.key("name", .unrestricted) != key)
        #expect(table.key("other", production) != key)
        #expect(table.key("é", production) == table.key("e\u{301}", production))
    }

    @Test("groups are those of a dictionary, in the order of their first positions")
    func groups() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let keys = (0..<Int.random(in: 0...40, using: &random)).map { _ in Int.random(in: 0...12, using: &random) }
            var groups = IndexGroups<Int>(count: keys.count)
            for (position, key) in keys.enumerated() where key != 5 { groups.add(position, key) }
            let expected = Dictionary(grouping: keys.indices.filter { keys[$0] != 5 }) { keys[$0] }
            #expect(groups.groups.count == expected.count)
            #expect(groups.groups.map { groups.positions($0)[0] } == expected.values.map { $0[0] }.sorted())
            for (key, positions) in expected {
                guard let number = groups.number(of: key) else {
                    Issue.record("no group of \(key)")
                    continue
                }
                #expect(groups.positions(number) == positions)
                #expect(groups.only(number) == (positions.count == 1 ? positions[0] : nil))
            }
            #expect(groups.number(of: 5) == nil)
        }
    }
}
