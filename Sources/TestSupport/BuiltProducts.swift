import Foundation

/// Where the programs and files under test are.
public enum BuiltProducts {
    /// The folder that holds what was built: the one of the running test bundle.
    public static let directory: String = {
        // The bundle's executable is one of the process's arguments when SwiftPM's helper runs it, else the process.
        let candidates = CommandLine.arguments.filter { $0.hasSuffix(".xctest") } + [selfPath]
        return candidates.lazy.map(folder(of:)).first { FileManager.default.fileExists(atPath: "\($0)/skerry") }
            ?? folder(of: selfPath)
    }()

    /// The built `skerry` program.
    public static var skerry: String { "\(directory)/skerry" }

    /// The built `skerry-agent` program.
    public static var skerryAgent: String { "\(directory)/skerry-agent" }

    /// The root of the package, found by its `Package.swift` above this source file.
    public static let packageRoot: String = {
        var path = folder(of: #filePath)
        while path != "/", !FileManager.default.fileExists(atPath: "\(path)/Package.swift") { path = folder(of: path) }
        return path
    }()

    private static let selfPath =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]

    private static func folder(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().path
    }
}
