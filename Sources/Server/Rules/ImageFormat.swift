/// The formats of logos. What an upload says about itself is not believed; its first bytes are.
enum ImageFormat: String, Sendable, CaseIterable {
    case png, jpeg, svg

    var contentType: String {
        switch self {
        case .png: "image/png"
        case .jpeg: "image/jpeg"
        case .svg: "image/svg+xml"
        }
    }

    /// nil when the bytes are no image of a known format.
    init?(sniffing bytes: some Collection<UInt8>) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if Self.isSVG(bytes) {
            self = .svg
        } else {
            return nil
        }
    }

    /// An XML text whose first element is `svg`; prolog, comments and white space may come before it.
    private static func isSVG(_ bytes: some Collection<UInt8>) -> Bool {
        guard let head = String(validating: bytes.prefix(4096).dropPartialScalar(), as: UTF8.self) else { return false }
        var rest = head.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        while rest.hasPrefix("<?") || rest.hasPrefix("<!") {
            let end = rest.hasPrefix("<!--") ? "-->" : ">"
            guard let after = rest.range(of: end) else { return false }
            rest = rest[after].drop { $0.isWhitespace }
        }
        return rest.hasPrefix("<svg")
            && rest.dropFirst(4).first.map { $0.isWhitespace || $0 == ">" || $0 == "/" } == true
    }
}

extension Collection where Element == UInt8 {
    /// Without the bytes at the end that a cut in the middle of a UTF-8 sequence leaves.
    fileprivate func dropPartialScalar() -> [UInt8] {
        var bytes = Array(self)
        let tail = bytes.suffix(4)
        guard let lead = tail.lastIndex(where: { $0 & 0xC0 != 0x80 }), bytes[lead] >= 0xC0 else { return bytes }
        let length = bytes[lead] >= 0xF0 ? 4 : bytes[lead] >= 0xE0 ? 3 : 2
        if bytes.count - lead < length { bytes.removeSubrange(lead...) }
        return bytes
    }
}

extension Substring {
    /// The part after the first occurrence of `text`.
    fileprivate func range(of text: String) -> PartialRangeFrom<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return index(start, offsetBy: text.count)... }
            start = index(after: start)
        }
        return nil
    }
}
