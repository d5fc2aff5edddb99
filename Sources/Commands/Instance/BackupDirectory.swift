import Backup
import Foundation
import Instances

/// The directory that backups go to, and which of them stay there.
struct BackupDirectory {
    static let suffix = ".skerry-backup"

    let path: String

    init(_ directory: String) { path = URL(filePath: directory).standardizedFileURL.path }

    func make() throws { try Directories.make(path, mode: 0o700) }

    /// `production-20261121T150000.123Z.skerry-backup`
    func file(_ slug: String, at date: Date) -> String {
        let time = date.formatted(
            Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, includingFractionalSeconds: true)
        )
        return "\(path)/\(slug)-\(time)\(Self.suffix)"
    }

    /// The backups of an instance that are too many, the oldest first. The newest verified one is never among them.
    func surplus(_ record: InstanceRecord, keep count: Int) throws -> [String] {
        let newestVerified = try BackupLog(home: record.home).newestVerified()?.path
        let length = file(record.slug, at: .now).count - path.count - 1
        let files = try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasPrefix("\(record.slug)-") && $0.hasSuffix(Self.suffix) && $0.count == length }
            .sorted().map { "\(path)/\($0)" }
        return files.dropLast(count).filter { $0 != newestVerified }
    }
}
