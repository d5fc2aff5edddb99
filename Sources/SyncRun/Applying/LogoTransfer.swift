import APIClient
import Catalog
import Sync

/// Carries one logo over. Sending it twice does no harm, so a lost answer needs no look-up.
struct LogoTransfer: Sendable {
    let operation: Operation
    let source: SourceClient
    let destination: DestinationClient
    /// The owners' ids on both sides.
    let sourceID: String
    let destinationID: String

    func run() async throws {
        guard let kind = operation.key.path.first.map({ KindName($0) }) else {
            throw OperationFailure.unknownKind(.logos)
        }
        let logo = try await source.logo(kind, id: sourceID)
        guard operation.after["ContentTag"]?.stringValue == LogoReading.tag(of: logo.bytes) else {
            throw OperationFailure.changedAtSource
        }
        try await destination.setLogo(kind, id: destinationID, logo)
    }
}
