import Testing

@testable import Sync

@Suite("Names in variable expressions")
struct VariableReferencesTests {
    @Test(
        "The names that a text refers to",
        arguments: [
            ("plain # text, #not, { } and #", []),
            ("Database=#{Application.Database.Name};", ["Application.Database.Name"]),
            ("#{ Name | ToLower }#{Other|Replace \"}\" #{Inner}}", ["Name", "Other", "Inner"]),
            ("##{Escaped} ###{Real}", ["Real"]),
            ("#{if Flag == \"yes\"}#{A}#{elseif B}x#{else}#{C}#{/if}", ["Flag", "A", "B", "C"]),
            ("#{unless \"x\" != Flag | ToUpper}#{/unless}", ["Flag"]),
            ("#{each x in Hosts}#{x} #{x.Port} #{Base}#{/each}#{x}", ["Hosts", "Base", "x"]),
            ("#{Step[web].Output}", ["Step[web].Output"]),
            ("#{Map[#{Key}].Url}", ["Key", "Map"]),
            ("#{calc A + (B * 2) - {C D}}", ["A", "B", "C", "D"]),
            ("#{Spaced Name} #{a . b}", ["Spaced Name", "a.b"]),
            ("#{unclosed", []),
            ("#{} #{else} #{/if}", []),
        ]
    )
    func names(_ text: String, _ expected: [String]) {
        #expect(VariableReferences.names(in: text) == expected)
    }

    @Test(
        "A reference resolves to a variable, to a part of one, or to a group of them",
        arguments: [
            ("hosts", true), ("Hosts[0].Name", true), ("Map.a", true), ("map", true), ("Map.b", false),
            ("Octopus.Environment.Name", true), ("Host", false),
        ]
    )
    func resolution(_ reference: String, _ resolves: Bool) {
        var names = ResolvableNames(["hosts", "map.a[x]"])
        #expect(names.resolves(VariableName.fold(reference)) == resolves)
    }

    @Test("Deep and endless nesting ends", .timeLimit(.minutes(1)))
    func nesting() {
        let text = String(repeating: "#{a|x ", count: 2_000) + String(repeating: "}", count: 2_000)
        #expect(VariableReferences.names(in: text).first == "a")
    }
}
