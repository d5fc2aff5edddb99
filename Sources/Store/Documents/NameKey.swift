import Foundation

/// The form of a name in which two names that people take for the same are equal.
public enum NameKey {
    /// Folds a name: Unicode composition (NFC), no white space around it, no difference of case.
    public static func fold(_ name: String) -> String {
        let trimmed = name.drop(while: \.isWhitespace)
        let end = trimmed.lastIndex { !$0.isWhitespace }
        let core = end.map { trimmed[...$0] } ?? ""
        if core.utf8.allSatisfy({ $0 < 0x80 }) { return core.lowercased() }
        // Upper case first brings together what lower case alone keeps apart: ß and SS, σ and ς.
        return core.uppercased().lowercased().precomposedStringWithCanonicalMapping
    }
}
