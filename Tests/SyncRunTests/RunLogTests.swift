import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

@testable import SyncRun

@Suite("The log of runs")
struct RunLogTests {
    @Test("LS-5: lines are chained; one that was changed or taken out shows")
    func chain() async throws {
        try await withTemporaryDirectory { folder in
            let log = RunLog(forState: "\(folder)/state.sqlite")
            #expect(try log.read().entries == [])
            for number in 1...3 { try log.append("applied", ["number": .int(number)]) }
            let contents = try log.read()
            #expect(contents.entries.map(\.number) == [1, 2, 3])
            #expect(contents.entries.map(\.details) == [["number": 1], ["number": 2], ["number": 3]])
            #expect(contents.brokenAt == nil)

            let text = try String(contentsOfFile: log.path, encoding: .utf8)
            let lines = text.split(separator: "\n")
            for (tampered, place) in [
                (text.replacing("{\"number\":2}", with: "{\"number\":7}"), 2), ("\(lines[0])\n\(lines[2])\n", 2),
                ("\(lines[1])\n\(lines[2])\n", 1),
            ] {
                try tampered.write(toFile: log.path, atomically: true, encoding: .utf8)
                #expect(try log.read().brokenAt == place)
            }
            // What comes behind a broken place does not mend it.
            try log.append("applied", [:])
            #expect(try log.read().brokenAt == 1)
        }
    }

    @Test("LS-5: nothing is added behind a last line that was changed")
    func changedEnd() async throws {
        try await withTemporaryDirectory { folder in
            let log = RunLog(forState: "\(folder)/state.sqlite")
            for number in 1...3 { try log.append("applied", ["number": .int(number)]) }
            let text = try String(contentsOfFile: log.path, encoding: .utf8)
            for tampered in [text.replacing("{\"number\":3}", with: "{\"number\":7}"), text + "\n", "no log\n"] {
                try tampered.write(toFile: log.path, atomically: true, encoding: .utf8)
                #expect(throws: SyncRunError.self) { try log.append("applied", [:]) }
                #expect(try String(contentsOfFile: log.path, encoding: .utf8) == tampered)
            }
        }
    }

    @Test("the next line follows one of any length", arguments: [10, 65_400, 65_536, 70_000, 1_000_000])
    func longLines(length: Int) async throws {
        try await withTemporaryDirectory { folder in
            let log = RunLog(forState: "\(folder)/state.sqlite")
            for part in [1, length, length] {
                try log.append("applied", ["text": .string(String(repeating: "x", count: part))])
            }
            let contents = try log.read()
            #expect(contents.brokenAt == nil && contents.entries.count == 3)
        }
    }

    @Test("a line that was cut off by a kill counts for nothing, and the next one follows the last whole line")
    func tornEnd() async throws {
        try await withTemporaryDirectory { folder in
            let log = RunLog(forState: "\(folder)/state.sqlite")
            try log.append("begun", [:])
            let handle = try #require(FileHandle(forWritingAtPath: log.path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("{\"n\":2,\"previous".utf8))
            try handle.close()
            #expect(try log.read().hasTornEnd)
            try log.append("applied", [:])
            let contents = try log.read()
            #expect(contents.entries.map(\.event) == ["begun", "applied"])
            #expect(contents.brokenAt == nil)
            #expect(!contents.hasTornEnd)
        }
    }

    @Test("many writers at once make one unbroken chain")
    func together() async throws {
        try await withTemporaryDirectory { folder in
            let log = RunLog(forState: "\(folder)/state.sqlite")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 { group.addTask { try log.append("applied", ["number": .int(number)]) } }
                try await group.waitForAll()
            }
            let contents = try log.read()
            #expect(contents.brokenAt == nil)
            #expect(Set(contents.entries.compactMap { $0.details["number"]?.intValue }) == Set(0..<40))
        }
    }
}

@Suite("The audit's differences")
struct DifferenceWalkTests {
    @Test("are told by name, and as a guess once the list changed later")
    func paths() throws {
        let document: JSON = ["Variables": [["Name": "Url", "Value": "b"], ["Name": "Key", "Value": "k"]]]
        var walk = DifferenceWalk(document: document)
        func entry(_ differences: JSON) throws -> HistoryEntry {
            let json: JSON = [
                "Id": "Events-1", "Occurred": "2026-01-01T00:00:00Z", "ChangeDetails": ["Differences": differences],
            ]
            return try #require(HistoryEntry(json: json))
        }
        let change = try entry([["op": "replace", "path": "/Variables/0/Value", "value": "b"]])
        #expect(walk.paths(of: change).paths == ["Variables/Url/Value"])
        #expect(!walk.paths(of: change).isGuess)
        _ = walk.paths(of: try entry([["op": "add", "path": "/Variables/-", "value": ["Name": "Key"]]]))
        #expect(walk.paths(of: change).isGuess)
        #expect(DifferenceWalk.touches("Variables/Url/Value", "Variables/url"))
        #expect(!DifferenceWalk.touches("Variables/UrlTwo", "Variables/Url"))
    }

    @Test("the user agent of a sync names its run, plan and operation")
    func origin() {
        let origin = RequestOrigin(run: "7f3a", plan: "91c2aa", operation: 12)
        #expect(RequestOrigin(userAgent: origin.userAgent) == origin)
        #expect(RequestOrigin(userAgent: "curl/8") == nil)
    }
}
