import Catalog
import Foundation

/// The directory of an instance's data. A marker file in it tells whether all in it is the instance's own, so that
/// deleting the instance never removes what somebody else put there.
package struct InstanceHome {
    package let path: String

    package init(path: String) { self.path = path }

    /// What Skerry itself puts into a home begins so, besides the database and the packages; it is not backed up.
    package static let ownPrefix = ".skerry-"

    /// Says that a restore into this home has begun and is not done.
    package var unfinishedRestoreFile: String { "\(path)/\(Self.ownPrefix)restoring" }

    private var markerFile: String { "\(path)/\(Self.ownPrefix)home" }

    /// Makes the directory; marks it unless it already holds something else.
    func prepare(slug: String) throws(InstanceError) {
        try Directories.make(path, mode: 0o750)
        guard !DurableFile.exists(unfinishedRestoreFile) else {
            throw .fileProblem(
                path: path,
                action: "use the home",
                reason:
                    "a backup was being restored into it and that did not finish. Run the same skerry restore again, "
                    + "or remove the directory"
            )
        }
        let marked = markerFile
        guard try Directories.names(in: path).allSatisfy({ DurableFile.isLeftover($0, of: marked) }) else { return }
        let marker: JSON = ["slug": .string(slug)]
        try DurableFile.createOnce(marker.bytes + [0x0A], at: markerFile, mode: 0o640)
    }

    /// Whether it was empty when the instance was created.
    func belongs(to slug: String) throws(InstanceError) -> Bool {
        guard let bytes = try DurableFile.read(markerFile), let marker = try? JSON.parse(bytes) else { return false }
        return marker["slug"]?.stringValue == slug
    }

    /// Marks the home as that of the instance's new name; one that was not marked stays so.
    func remark(from old: String, as slug: String) throws(InstanceError) {
        guard try belongs(to: old) else { return }
        try own(slug: slug)
    }

    /// Marks a home as the instance's own, whatever it holds: all of it came from a backup.
    package func own(slug: String) throws(InstanceError) {
        let marker: JSON = ["slug": .string(slug)]
        try DurableFile.write(marker.bytes + [0x0A], to: markerFile, mode: 0o640)
    }

    /// Removes the directory, the marker last, so that a removal that was cut short can be completed.
    func remove() throws(InstanceError) {
        for name in try Directories.names(in: path) where "\(path)/\(name)" != markerFile {
            try Directories.removeAll("\(path)/\(name)")
        }
        try Directories.removeAll(path)
    }
}
