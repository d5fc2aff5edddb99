import Catalog
import Store

/// Slugs: names as they stand in addresses, unique within their space and owner.
enum Slugs {
    static let maximumLength = 200

    /// `Customer Portal (EU)` → `customer-portal-eu`. Letters of other scripts stay as they are.
    static func slug(of name: String) -> String {
        var result = ""
        for character in name.lowercased() {
            if character.isLetter || character.isNumber {
                result.append(character)
            } else if !result.hasSuffix("-"), !result.isEmpty {
                result.append("-")
            }
        }
        let trimmed = result.hasSuffix("-") ? String(result.dropLast()) : result
        return trimmed.isEmpty ? "unnamed" : String(trimmed.prefix(maximumLength))
    }

    /// The first of `slug`, `slug-1`, `slug-2`, … that no other document has.
    static func unique(
        _ slug: String,
        kind: KindName,
        id: String,
        space: String?,
        owner: String?,
        in writer: StoreWriter
    ) throws -> String {
        var candidate = slug
        var number = 0
        while let other = try writer.document(kind, slug: candidate, in: space, owner: owner), other.id != id {
            number += 1
            candidate = "\(slug)-\(number)"
        }
        return candidate
    }
}
