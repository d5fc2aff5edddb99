import Foundation

/// The code and constants of the program that were only needed to start it.
public enum StartingCode {
    /// Lets the pages of code go that the process has touched so far. What is called again is mapped again from the
    /// system's cache of files, page by page, without reading the disk.
    ///
    /// Starting runs through most of the program once: about 35 MB of it stay mapped in a server that then waits. Only
    /// mappings of files that are executable and not writable are let go, since nothing in them can differ from the file.
    /// Where the system says something else, nothing happens: this saves memory and is never needed.
    public static func letGo() {
        // Such a file has no size, and `String(contentsOfFile:)` takes no more than its first page.
        guard let bytes = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd() else { return }
        let ranges = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap(codeRange(ofMapping:))
        for range in ranges {
            madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
        }
    }

    /// The addresses of one line of `/proc/self/maps` (`7f…000-7f…000 r-xp 00001000 fe:00 1234 /path`), when it is the
    /// code of a file.
    static func codeRange(ofMapping line: Substring) -> Range<UInt>? {
        let fields = line.split(separator: " ")
        guard fields.count > 5, fields[1] == "r-xp", fields[4] != "0", fields[5].hasPrefix("/") else { return nil }
        let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard ends.count == 2, ends[0] < ends[1] else { return nil }
        return ends[0]..<ends[1]
    }
}
