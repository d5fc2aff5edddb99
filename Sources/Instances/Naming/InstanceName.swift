import Crypto
import Foundation

/// The name that people gave an instance, and the slug made of it that files and units are named after.
///
/// Two names with one slug (`a b`, `a-b`, `A B`) are the same name.
public struct InstanceName: Sendable, Hashable, CustomStringConvertible {
    public static let longestName = 100
    public static let longestSlug = 48
    /// Slugs that mean something else, or that name a directory of the registry.
    public static let reserved: Set<String> = ["all", "default", "instances", "services"]
    private static let hashLength = 8

    /// 1 to 100 printable characters, without white space at its ends.
    public let display: String
    /// 1 to 48 characters of `a`–`z`, `0`–`9` and `-`.
    public let slug: String

    public var description: String { display }

    /// - Throws: ``InstanceError/badName(_:reason:)``.
    public init(_ text: String) throws(InstanceError) {
        let name = text.trimmingCharacters(in: .whitespaces)
        guard !name.isEmpty else { throw .badName(text, reason: "a name needs at least one printable character") }
        guard name.count <= Self.longestName, name.utf8.count <= 4 * Self.longestName else {
            throw .badName(
                String(name.prefix(20)) + "…",
                reason: "it is longer than \(Self.longestName) characters"
            )
        }
        guard name.unicodeScalars.allSatisfy(Self.isPrintable) else {
            throw .badName(Self.visible(name), reason: "it holds characters that cannot be printed")
        }
        guard !Self.readsLikePath(name) else {
            throw .badName(name, reason: "it reads like a path; files are named after the instance elsewhere")
        }
        guard name != "*" else { throw .badName(name, reason: "* stands for all instances") }
        let slug = Self.slug(of: name)
        guard !Self.reserved.contains(slug) else {
            throw .badName(name, reason: "the words \(Self.reserved.sorted().joined(separator: ", ")) are reserved")
        }
        self.display = name
        self.slug = slug
    }

    /// `../x` or `/etc`; `Dev/Test` is a name.
    private static func readsLikePath(_ name: String) -> Bool {
        let parts = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
        return parts.count > 1 && parts[0].isEmpty || parts.contains { $0 == "." || $0 == ".." }
    }

    /// NFKC, lower case, every run outside `[a-z0-9]` one `-`, trimmed. A name that is too long for that, or whose
    /// letters get lost in it because they are not Latin, gets a short hash, so that other names stay other slugs.
    static func slug(of name: String) -> String {
        let folded = name.precomposedStringWithCompatibilityMapping.lowercased()
        var slug = ""
        var losesLetters = false
        for scalar in folded.unicodeScalars {
            if isPlain(scalar) {
                slug.unicodeScalars.append(scalar)
            } else {
                if !slug.isEmpty, !slug.hasSuffix("-") { slug.append("-") }
                if scalar.properties.isAlphabetic, !isLatin(scalar) { losesLetters = true }
            }
        }
        slug = slug.trimmingDashes
        guard losesLetters || slug.isEmpty || slug.utf8.count > longestSlug else { return slug }
        let digest = SHA256.hash(data: Data(folded.utf8))
        let hash = digest.prefix(hashLength / 2).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let base = String(slug.prefix(longestSlug - hashLength - 1)).trimmingDashes
        return base.isEmpty ? hash : "\(base)-\(hash)"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
    }

    /// The blocks of Latin letters with marks, after lower-casing.
    private static func isLatin(_ scalar: Unicode.Scalar) -> Bool {
        [0xAA...0xAA, 0xBA...0xBA, 0xC0...0x2AF, 0x1E00...0x1EFF, 0x2C60...0x2C7F, 0xA720...0xA7FF, 0xAB30...0xAB6F]
            .contains { $0.contains(Int(scalar.value)) }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }

    private static func visible(_ name: String) -> String {
        name.unicodeScalars.map { isPrintable($0) ? String($0) : "\\u{\(String($0.value, radix: 16))}" }.joined()
    }
}

extension String {
    fileprivate var trimmingDashes: String { trimmingCharacters(in: CharacterSet(charactersIn: "-")) }
}
