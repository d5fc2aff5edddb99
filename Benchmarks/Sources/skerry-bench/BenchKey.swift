import APIClient
import ArgumentParser
import Foundation

enum BenchKey {
    static func fromEnvironment(_ name: String) throws -> APIKey {
        guard let text = ProcessInfo.processInfo.environment[name] else {
            throw ValidationError("set \(name) to an API key")
        }
        return try APIKey(text, from: "the environment variable \(name)")
    }
}
