import APIClient
import Catalog
import Foundation
import Store

/// The pictures that a run replaced, among the images of what it found.
enum LogoImage {
    private static let content = "Content"
    private static let type = "ContentType"

    static func before(owner: String, id: String, _ logo: SmallFile) -> OperationImage {
        var document = document(owner, logo)
        document[content] = .string(Data(logo.bytes).base64EncodedString())
        document[type] = .string(logo.contentType)
        return OperationImage(kind: .logos, id: id, moment: .before, document: document)
    }

    /// What was sent is at the source: its tag is enough.
    static func after(owner: String, id: String, _ logo: SmallFile) -> OperationImage {
        OperationImage(kind: .logos, id: id, moment: .after, document: document(owner, logo))
    }

    private static func document(_ owner: String, _ logo: SmallFile) -> JSON {
        LogoTag.document(owner: owner, tag: LogoReading.tag(of: logo.bytes))
    }

    /// As documents of the kind are, without the picture itself.
    static func withoutContent(_ document: JSON) -> JSON {
        var document = document
        document[content] = JSON?.none
        document[type] = JSON?.none
        return document
    }

    static func file(_ document: JSON) -> SmallFile? {
        guard let text = document[content]?.stringValue, let data = Data(base64Encoded: text),
            let type = document[type]?.stringValue
        else { return nil }
        return SmallFile(bytes: [UInt8](data), contentType: type)
    }
}

extension StateStore {
    /// The picture of this content that a run replaced.
    func logo(replacedBy run: String, tag: String) async throws -> SmallFile? {
        try await driver.read(.long) { connection in
            try connection.all(
                "SELECT before FROM images WHERE run = $1 AND kind = $2 AND before IS NOT NULL",
                [.text(run), .text(KindName.logos.rawValue)]
            ) { try $0.json(0) }
        }.lazy.filter { $0["ContentTag"] == .string(tag) }.compactMap(LogoImage.file).first
    }
}
