public import Foundation
public import Sync

/// What `skerry sync secrets` shows.
public struct SecretReport: Sendable {
    public struct Item: Sendable, Hashable {
        public var need: SecretNeed
        /// When its state became this, RFC 3339.
        public var since: String
    }

    public var items: [Item]
    /// Entries of the policy that the provider does not have.
    public var warnings: [String]
    /// Secrets that the next plan would have a provider set.
    public var planned: Set<SecretPlace>
}

/// What a person says about a secret.
public enum SecretMark: Sendable, Hashable {
    /// It is entered at the destination, where that does not tell.
    case done(name: String)
    /// The provider may replace what stands at the destination.
    case handOver(name: String)

    var name: String {
        switch self {
        case .done(let name), .handOver(let name): name
        }
    }
}

extension SyncFlow {
    /// Reads both sides and lists every secret and placeholder with what would fail without it. Keeps what it found,
    /// and what the person says, in the state; writes to neither server.
    ///
    /// - Throws: `SyncRunError`.
    public func secretReport(marking marks: [SecretMark] = [], at time: Date = Date()) async throws -> SecretReport {
        let lock = try StateLock(path: store.lockPath)
        defer { withExtendedLifetime(lock) {} }
        let state = try await store.load(for: pair)
        let comparison = try await compare(explainingSecrets: true) { _ in state }
        var needs = comparison.plan.secrets
        var rows: [SecretPlace: SecretRow] = [:]
        let planned = Set(needs.map(\.place).filter { comparison.providedPlaces.contains($0) })
        for index in needs.indices where !needs[index].lineage.isEmpty {
            // What a plan would set is not set yet.
            if planned.contains(needs[index].place) {
                let old = state.secrets[needs[index].place] ?? SecretRow(state: .unset)
                needs[index].state = old.state
                rows[needs[index].place] = old
            } else {
                rows[needs[index].place] = comparison.proposedState.secrets[needs[index].place]
            }
        }
        try mark(marks, &needs, &rows)
        let stamped = rows.stamped(time.timestamp)
        try await store.save(secrets: stamped)
        return SecretReport(
            items: needs.map { .init(need: $0, since: stamped[$0.place]?.since ?? "") },
            warnings: await secrets.warnings,
            planned: planned
        )
    }

    private func mark(
        _ marks: [SecretMark],
        _ needs: inout [SecretNeed],
        _ rows: inout [SecretPlace: SecretRow]
    ) throws {
        for mark in marks {
            let folded = EntityKey.folded(mark.name)
            guard let index = needs.firstIndex(where: { EntityKey.folded($0.name) == folded }) else {
                throw SyncRunError.refused(
                    reason: "'\(mark.name)' is no secret of this sync; write a name as `skerry sync secrets` prints it"
                )
            }
            let need = needs[index]
            switch mark {
            case .done where need.isTold && need.state == .unset:
                throw SyncRunError.refused(
                    reason: "the destination says that '\(need.name)' has no value; enter it there first"
                )
            case .done where !need.isSecret:
                throw SyncRunError.refused(
                    reason: "'\(need.name)' is a text and no secret: it counts as done once its value is another"
                )
            case .done:
                needs[index].state = .setAtDestination
                rows[need.place] = SecretRow(state: .setAtDestination)
            case .handOver:
                guard need.state == .setAtDestination else { continue }
                rows[need.place]?.isHandedOver = true
            }
        }
    }
}
