import Catalog
import Foundation

/// The directory of an instance's data. A marker file in it tells whether all in it is the instance's own, so that
/// deleting the instance never removes what somebody else put there.
struct InstanceHome {
    let path: String

    private var markerFile: String { "\(path)/.skerry-home" }

    /// Makes the directory; marks it unless it already holds something else.
    func prepare(slug: String) throws(InstanceError) {
        try Directories.make(path, mode: 0o750)
        guard try Directories.names(in: path).isEmpty else { return }
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
