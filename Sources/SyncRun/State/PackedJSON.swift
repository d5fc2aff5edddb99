import CArchive
import Catalog
import Store

/// JSON as a state file keeps what is large and seldom looked at: compressed, where that is smaller than the text.
///
/// A compressed text begins with the mark of gzip, with which no JSON begins: whoever reads a column need not know which
/// of the two it holds.
enum PackedJSON {
    private static let mark: [UInt8] = [0x1F, 0x8B]
    /// Below this the compressed text is hardly smaller.
    private static let worthwhile = 256
    /// Bytes of the text that a compressed one may become.
    private static let largest = 1 << 30

    static func value(_ json: JSON) -> SQLValue {
        let text = json.bytes
        guard text.count >= worthwhile, let packed = packed(text), packed.count < text.count else { return .utf8(text) }
        return .blob(packed)
    }

    static func isPacked(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: mark) }

    /// Nil when there is no memory for it: then the text itself is kept.
    private static func packed(_ text: [UInt8]) -> [UInt8]? {
        guard let archive = archive_write_new(), let entry = archive_entry_new() else { return nil }
        defer {
            archive_entry_free(entry)
            archive_write_free(archive)
        }
        archive_write_set_format_raw(archive)
        archive_write_add_filter_gzip(archive)
        // The same text gives the same bytes.
        archive_write_set_options(archive, "gzip:!timestamp")
        archive_entry_set_filetype(entry, UInt32(0o100000))
        var used = 0
        // Deflate never makes a text longer than this.
        let capacity = text.count + text.count / 1000 + 128
        let result = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = 0
            guard archive_write_open_memory(archive, buffer.baseAddress, capacity, &used) == ARCHIVE_OK,
                archive_write_header(archive, entry) == ARCHIVE_OK,
                text.withUnsafeBytes({ archive_write_data(archive, $0.baseAddress, $0.count) }) == text.count,
                archive_write_close(archive) == ARCHIVE_OK
            else { return }
            count = used
        }
        return result.isEmpty ? nil : result
    }

    /// - Throws: `SQLError` for bytes that are damaged.
    static func unpacked(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
        let damaged = SQLError(.corrupt, "a compressed text is damaged")
        guard let archive = archive_read_new() else { throw damaged }
        defer { archive_read_free(archive) }
        archive_read_support_filter_gzip(archive)
        archive_read_support_format_raw(archive)
        var entry: OpaquePointer?
        guard archive_read_open_memory(archive, bytes.baseAddress, bytes.count) == ARCHIVE_OK,
            archive_read_next_header(archive, &entry) == ARCHIVE_OK
        else { throw damaged }
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = archive_read_data(archive, &block, block.count)
            guard count >= 0, text.count + count <= largest else { throw damaged }
            if count == 0 { return text }
            text += block[..<count]
        }
    }
}

extension SQLRow {
    /// What ``PackedJSON`` or a text column holds.
    func json(_ column: Int) throws -> JSON {
        try withBytes(column) { bytes in
            if PackedJSON.isPacked(bytes) { return try JSON.parse(PackedJSON.unpacked(bytes), limits: .ofState) }
            return try JSON.parse(bytes, limits: .ofState)
        }
    }
}

extension JSONLimits {
    /// Of one value in a state, and of a state as a whole.
    static let ofState = JSONLimits(bytes: 1 << 30, depth: 128, values: 50_000_000)
}
