import APIClient
import Catalog
import Sync

/// Reads what the operations of one phase are about to change with few requests, instead of one before each write.
///
/// An operation uses what was read here once, and reads by itself when it has to look again. Only documents are read
/// ahead for which that loses no edit of somebody else: those that carry a version, since a server refuses a write of an
/// older one, and those that the server has just made with an owner of this run.
struct ReadingAhead: Sendable {
    /// Fewer are read one by one.
    static let fewest = 4

    let client: DestinationClient
    let catalog: Catalog
    let knowledge: DestinationKnowledge
    /// What the plan makes.
    let created: Set<EntityKey>

    /// - Parameter id: of the document that an operation writes; nil for one that it creates.
    func read(for operations: [Operation], id: (Operation) async -> String?) async throws {
        for kind in Set(operations.map(\.key.wireKind)).sorted() {
            let members = operations.filter { $0.key.wireKind == kind && $0.action != .delete }
            guard catalog[kind]?.isVersioned == true, members.count >= Self.fewest else { continue }
            var ids: [String] = []
            for operation in members { if let id = await id(operation) { ids.append(id) } }
            // An operation that finds nothing read for it reads by itself, and meets the trouble by itself.
            do { try await read(kind, ids) } catch is APIError { continue }
        }
    }

    /// Lists are read whole: worth it when a good part of them is written.
    private func read(_ kind: KindName, _ ids: [String]) async throws {
        guard ids.count >= Self.fewest else { return }
        if kind == .variableSets {
            for batch in DestinationClient.batches(of: ids) {
                for (id, document) in try await client.documents(kind, ids: batch) {
                    await knowledge.readAhead(document, kind, id: id)
                }
            }
            return
        }
        let known = await knowledge.documents(kind).count
        guard catalog[kind]?.operations.contains(.list) == true, ids.count * 4 >= known else { return }
        let wanted = Set(ids)
        for document in try await client.list(kind) {
            guard let id = document["Id"]?.stringValue, wanted.contains(id) else { continue }
            await knowledge.readAhead(document, kind, id: id)
        }
    }

    /// A new project comes with a channel of the server's.
    func readServerMadeChannels() async throws {
        for channel in try await client.list(.channels) {
            await knowledge.learn(channel, kind: .channels)
            guard let id = channel["Id"]?.stringValue, let project = channel["ProjectId"]?.stringValue,
                let owner = await knowledge.key(ofID: project), created.contains(owner)
            else { continue }
            await knowledge.readAhead(channel, .channels, id: id)
        }
    }
}
