/// The version of a package: two to four numbers, what comes before a release, and a note that orders nothing.
///
/// `1.2`, `1.2.3.4`, `2.0.0-rc.1+build7`. A prerelease is older than its release; the parts between its dots compare as
/// numbers where both are.
public struct PackageVersion: Sendable, CustomStringConvertible {
    public let numbers: [Int]
    public let prerelease: [String]
    /// As it was written.
    public let description: String

    /// - Returns: nil for a text that is no version.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 200 else { return nil }
        let text = String(text)
        let noted: [Substring] = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let halves: [Substring] = noted[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = halves[0].split(separator: ".", omittingEmptySubsequences: false).map { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil
        }
        guard (1...4).contains(numbers.count), !numbers.contains(nil) else { return nil }
        let tags = halves.dropFirst() + noted.dropFirst()
        guard tags.allSatisfy(Self.isTag) else { return nil }
        self.numbers = numbers.compactMap { $0 }
        prerelease = halves.count > 1 ? halves[1].split(separator: ".").map { String($0) } : []
        description = text
    }

    public var isPrerelease: Bool { !prerelease.isEmpty }

    private static func isTag(_ text: Substring) -> Bool {
        let marks = Set(".-_".utf8)
        return !text.isEmpty && text.unicodeScalars.allSatisfy { $0.isASCII }
            && text.utf8.allSatisfy { byte in
                let isDigit = (0x30...0x39).contains(byte)
                return isDigit || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || marks.contains(byte)
            }
    }
}

extension PackageVersion: Comparable, Hashable {
    /// Versions of one order are one: `1.0` and `1.0.0`, and such that differ in their notes only.
    public static func == (left: Self, right: Self) -> Bool { !(left < right) && !(right < left) }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(padded)
        hasher.combine(prerelease.map { Int($0).map(String.init) ?? $0.lowercased() })
    }

    public static func < (left: Self, right: Self) -> Bool {
        if left.padded != right.padded { return left.padded.lexicographicallyPrecedes(right.padded) }
        if left.isPrerelease != right.isPrerelease { return left.isPrerelease }
        for (mine, theirs) in zip(left.prerelease, right.prerelease) {
            switch (Int(mine), Int(theirs)) {
            case (let mine?, let theirs?) where mine != theirs: return mine < theirs
            case (.some, .some): continue
            case (.some, nil): return true
            case (nil, .some): return false
            case (nil, nil):
                let (mine, theirs) = (mine.lowercased(), theirs.lowercased())
                if mine != theirs { return mine < theirs }
            }
        }
        return left.prerelease.count < right.prerelease.count
    }

    private var padded: [Int] { numbers + Array(repeating: 0, count: 4 - numbers.count) }
}

/// The name of a package's file: `Acme.Web.1.2.3.zip`.
public struct PackageFileName: Sendable, Hashable {
    public let packageID: String
    public let version: String
    /// `.zip`, `.tar.gz`
    public let fileExtension: String

    public static let extensions = [
        ".tar.gz", ".tar.bz2", ".tgz", ".tar", ".nupkg", ".zip", ".jar", ".war", ".ear", ".rar",
    ]

    /// The version begins at the first dot that is followed by a digit and by nothing that is no version.
    ///
    /// - Returns: nil for any other name.
    public init?(_ name: String) {
        guard let ending = Self.extensions.first(where: { name.lowercased().hasSuffix($0) }) else { return nil }
        let stem = name.dropLast(ending.utf8.count)
        guard stem.allSatisfy({ $0.isASCII }) else { return nil }
        for dot in stem.indices where stem[dot] == "." {
            let rest = stem[stem.index(after: dot)...]
            guard rest.first?.isNumber == true, rest.contains("."), PackageVersion(rest) != nil else { continue }
            self.init(packageID: String(stem[..<dot]), version: String(rest), fileExtension: ending)
            return
        }
        return nil
    }

    /// - Returns: nil when the id holds anything but letters, digits, dots, dashes and underscores.
    private init?(packageID: String, version: String, fileExtension: String) {
        guard !packageID.isEmpty, packageID.utf8.count <= 100,
            packageID.allSatisfy({ $0.isLetter || $0.isNumber || ".-_".contains($0) })
        else { return nil }
        self.packageID = packageID
        self.version = version
        self.fileExtension = fileExtension
    }
}
