import ArgumentParser
import Catalog
import Foundation

/// Parsing and writing of our own JSON value, in megabytes per second of processor time.
struct JSONBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "json",
        abstract: "Parse and write the JSON files of a folder, and one small document."
    )

    @Argument(help: "A folder of JSON files, searched with its subfolders.")
    var folder: String

    func run() throws {
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let texts = paths.filter { $0.hasSuffix(".json") }.sorted().compactMap {
            FileManager.default.contents(atPath: folder + "/" + $0)
        }
        guard !texts.isEmpty else { throw ValidationError("there are no JSON files in \(folder)") }
        let values = try texts.map { try JSON.parse([UInt8]($0)) }
        try measure("all files as one array", JSON.array(values).bytes)
        try measure("one small document", values.map(\.bytes).min { $0.count < $1.count } ?? [])
    }

    private func measure(_ name: String, _ text: [UInt8]) throws {
        let value = try JSON.parse(text)
        let rounds = max(1, 20_000_000 / text.count)
        // The best of several: what the code can do, not what else the machine did.
        let parsing = try best { for _ in 0..<rounds { _ = try JSON.parse(text) } } / Double(rounds)
        let writing =
            best {
                for _ in 0..<rounds {
                    var buffer: [UInt8] = []
                    buffer.reserveCapacity(text.count)
                    value.write(into: &buffer)
                }
            } / Double(rounds)
        let megabytes = Double(text.count) / 1e6
        print(
            "\(name) (\(text.count) bytes): parse \(Int(megabytes / parsing)) MB/s, write \(Int(megabytes / writing)) MB/s"
        )
    }

    private func best(_ work: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<5 {
            let start = Cost.cpuSeconds
            try work()
            best = min(best, Cost.cpuSeconds - start)
        }
        return best
    }
}
