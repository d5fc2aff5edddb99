import APIClient
import Catalog
import Crypto

/// Logos of servers whose links do not say what they are of.
enum LogoReading {
    struct Place: Hashable, Sendable {
        var kind: KindName
        var id: String
    }

    /// Skerry's links say `cb=none` where there is no logo, so that nothing has to be fetched to know that.
    static func untold(_ documents: [KindName: [JSON]]) -> [Place] {
        (Catalog.standard[.logos]?.owner?.kinds ?? []).flatMap { kind in
            (documents[kind] ?? []).compactMap { document in
                guard let link = document["Links"]?["Logo"]?.stringValue, !link.hasSuffix("cb=none"),
                    LogoTag.inLink(of: document) == nil, let id = document["Id"]?.stringValue
                else { return nil }
                return Place(kind: kind, id: id)
            }
        }
    }

    static func document(_ place: Place, _ client: any ReplicaClient) async throws -> JSON? {
        do {
            let logo = try await client.logo(place.kind, id: place.id)
            return LogoTag.document(owner: place.id, tag: tag(of: logo.bytes))
        } catch let error as APIError where error.isNotFound {
            return nil
        }
    }

    /// As Skerry's servers make it: half of the SHA-256.
    static func tag(of bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).prefix(16).map { byte in
            byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }.joined()
    }
}
