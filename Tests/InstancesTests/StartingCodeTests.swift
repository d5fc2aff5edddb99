import Foundation
import Testing

@testable import Instances

@Suite("Code that only starting needed")
struct StartingCodeTests {
    @Test("of the mappings only the code of files is let go")
    func mappings() {
        let code = "55e0a0001000-55e0a0003000 r-xp 00001000 fe:00 9316                       /usr/bin/a program"
        #expect(StartingCode.codeRange(ofMapping: code[...]) == 0x55e0_a000_1000..<0x55e0_a000_3000)
        for other in [
            "55e0a0001000-55e0a0003000 rw-p 00001000 fe:00 9316                       /usr/bin/skerry",
            "55e0a0001000-55e0a0003000 r--p 00001000 fe:00 9316                       /usr/bin/skerry",
            "55e0a0001000-55e0a0003000 r-xp 00000000 00:00 0 ",
            "55e0a0001000-55e0a0003000 r-xp 00000000 00:00 0 [vdso]",
            "55e0a0003000-55e0a0001000 r-xp 00001000 fe:00 9316 /usr/bin/skerry", "", "r-xp",
        ] {
            #expect(StartingCode.codeRange(ofMapping: other[...]) == nil, "\(other)")
        }
    }

    @Test("the program goes on, and less of it is resident")
    func less() throws {
        let before = try residentCode()
        StartingCode.letGo()
        #expect(try residentCode() < before / 2)
    }

    /// Kilobytes of files that are mapped into this process and resident.
    private func residentCode() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssFile:") })
        return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
    }
}
