import Catalog
import Foundation

/// Step templates in files, in the form of the public library.
enum TemplateFiles {
    /// The longest templates of the library have a few hundred KB.
    private static let largestFile = 64 << 20
    private static let mostFiles = 20_000

    /// The templates of all files as documents of the catalogue, each template once: the newest version.
    static func read(_ paths: [String]) throws -> [JSON] {
        var newest: [String: JSON] = [:]
        for file in try paths.flatMap(files) {
            for template in try templates(in: file) {
                let id = template["ExternalId"]?.stringValue ?? ""
                let known = newest[id]?["Version"]?.intValue ?? -1
                if known < template["Version"]?.intValue ?? 0 { newest[id] = template }
            }
        }
        guard !newest.isEmpty else {
            throw CommandFailure(.failed, "There is no step template in \(paths.joined(separator: ", ")).")
        }
        return newest.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func files(_ path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandFailure(.failed, "\(path) does not exist.")
        }
        guard isFolder.boolValue else { return [path] }
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".json") }
        guard names.count <= mostFiles else {
            throw CommandFailure(.failed, "\(path) has \(names.count) files; at most \(mostFiles) are read at once.")
        }
        return names.sorted().map { "\(path)/\($0)" }
    }

    private static func templates(in file: String) throws -> [JSON] {
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw CommandFailure(.failed, "\(file) cannot be read.")
        }
        defer { try? handle.close() }
        let data = try handle.read(upToCount: largestFile + 1) ?? Data()
        guard data.count <= largestFile else {
            throw CommandFailure(.failed, "\(file) is larger than \(largestFile >> 20) MB; it is no step template.")
        }
        let content: JSON
        do { content = try JSON.parse([UInt8](data)) } catch { throw CommandFailure(.failed, "\(file): \(error).") }
        let entries = content.arrayValue ?? content["Items"]?.arrayValue ?? [content]
        return try entries.enumerated().map { position, entry in
            try document(entry, place: entries.count == 1 ? file : "\(file), template \(position + 1)")
        }
    }

    /// A file of the library names things as step templates do, and its `Id` is the one that is the same everywhere.
    private static func document(_ entry: JSON, place: String) throws -> JSON {
        func text(_ names: String...) -> String? {
            names.lazy.compactMap { entry[$0]?.stringValue }.first { !$0.isEmpty }
        }
        guard let id = text("ExternalId", "Id").flatMap(UUID.init(uuidString:)) else {
            throw CommandFailure(.failed, "\(place): Id must be a UUID, as the templates of the library have one.")
        }
        guard let name = text("Name"), let type = text("Type", "ActionType") else {
            throw CommandFailure(.failed, "\(place): a step template needs Name and ActionType.")
        }
        guard let version = entry["Version"]?.intValue, version >= 0 else {
            throw CommandFailure(.failed, "\(place): Version must be a number that rises with each change.")
        }
        let external = id.uuidString.lowercased()
        return [
            "ExternalId": .string(external), "Name": .string(name), "Type": .string(type), "Version": .int(version),
            "Description": .string(text("Description") ?? ""),
            "Author": JSON(text("Author", "LastModifiedBy")),
            "Website": JSON(text("Website")),
            "HistoryUrl": JSON(text("HistoryUrl")),
            "Properties": entry["Properties"] ?? [:], "Parameters": entry["Parameters"] ?? [],
            "Packages": entry["Packages"] ?? [],
        ]
    }
}
